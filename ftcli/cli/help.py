"""The help of a command: each option with what it takes, and beside it, or below where that is long, what it is for.

Typer's own table has a column for every part of an option, and leaves its text, at 80 columns, a word or two a line.
"""

from __future__ import annotations

from typing import Any

from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text
from typer.core import MARKUP_MODE_KEY, TyperArgument, TyperCommand, TyperGroup

from ftcli.cli.console import out, without_controls
from ftcli.cli.entries import Entry, laid_out

_EDGES = 4  # columns of a panel's two sides
_NAMES = r"--?[a-z][\w-]*"


class _Helpful:
    """What has such a help: a command, or a group of commands."""

    help: str | None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help to stdout."""
        ctx.ensure_object(dict)[MARKUP_MODE_KEY] = "rich"  # so that defaults come in brackets which are no markup
        out.print(Padding(Text.assemble(("Usage: ", "yellow"), (_usage(self, ctx), "bold")), 1))
        out.print(Padding(self.help or "", (0, 1, 1, 1)))
        for title, entries in self.panels(ctx).items():
            lines = laid_out(entries, out.width - _EDGES)
            out.print(Panel(lines, title=title, title_align="left", border_style="dim"))

    def panels(self, ctx: Any) -> dict[str, list[Entry]]:
        """Return what each panel has, in the order of the options; first come those of no theme."""
        panels: dict[str, list[Entry]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            record = parameter.get_help_record(ctx)
            if record is None:  # it is hidden
                continue
            names, text = record
            if isinstance(parameter, TyperArgument):
                panel, names = "Arguments", names.partition(" <")[0]
            else:
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
            panels.setdefault(panel, []).append((_coloured(names), Text.from_markup(text)))
        return {title: entries for title, entries in panels.items() if entries}


class Command(_Helpful, TyperCommand):
    """A command with such a help, that says where files go when it is given too many."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what it is given.

        Raises:
            Exit: something is wrong with it, and that has been said.
        """
        ctx.allow_extra_args = True
        others = super().parse_args(ctx, args)
        if others and not ctx.resilient_parsing:
            names = [name for parameter in self.get_params(ctx) for name in parameter.opts if name.endswith("-file")]
            where = f" Files have options: {', '.join(names)}." if names else ""
            ctx.fail(f"too many arguments: {without_controls(' '.join(others))}.{where}")
        return others


class Group(_Helpful, TyperGroup):
    """A group of commands with such a help."""

    def panels(self, ctx: Any) -> dict[str, list[Entry]]:
        """Return its options, and what each command is for."""
        summaries = self.summaries(ctx).items()
        entries = [(Text(name, style="bold cyan"), Text(summary)) for name, summary in summaries]
        return super().panels(ctx) | {"Commands": entries}

    def summaries(self, ctx: Any) -> dict[str, str]:
        """Return what each command is for."""
        return {name: (command.help or "").partition("\n")[0] for name, command in self.commands.items()}


def _usage(command: Any, ctx: Any) -> str:
    return " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])


def _coloured(names: str) -> Text:
    text = Text(names, style="yellow")
    text.highlight_regex(_NAMES, "bold cyan")
    return text
