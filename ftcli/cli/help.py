"""The help of a command: each option with what it takes, and beside it, or below where that is long, what it is for.

Typer's own table has a column for every part of an option, and leaves its text, at 80 columns, a word or two a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text
from typer.core import MARKUP_MODE_KEY, TyperArgument, TyperCommand

from ftcli.cli.console import out

Entry = tuple[Text, Text]
"""What an option or argument is called and takes, and what it is for."""

_EDGES = 4  # columns of a panel's two sides
_NARROW = 72  # columns below which texts stand under the names
_NAMES = r"--?[a-z][\w-]*"


class Command(TyperCommand):
    """A command with such a help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help to stdout."""
        ctx.ensure_object(dict)[MARKUP_MODE_KEY] = "rich"  # so that defaults come in brackets which are no markup
        out.print(Padding(Text.assemble(("Usage: ", "yellow"), (_usage(self, ctx), "bold")), 1))
        out.print(Padding(self.help or "", (0, 1, 1, 1)))
        for title, entries in self._panels(ctx).items():
            lines = [line for entry in entries for line in _lines(*entry, out.width - _EDGES)]
            out.print(Panel(Text("\n").join(lines), title=title, title_align="left", border_style="dim"))

    def _panels(self, ctx: Any) -> dict[str, list[Entry]]:
        """Return what each panel has, in the order of the options; first come those of no theme."""
        panels: dict[str, list[Entry]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
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


def _usage(command: TyperCommand, ctx: Any) -> str:
    return " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])


def _coloured(names: str) -> Text:
    text = Text(names, style="yellow")
    text.highlight_regex(_NAMES, "bold cyan")
    return text


def _lines(names: Text, text: Text, width: int) -> Iterator[Text]:
    """Yield the lines of an entry, each of so many columns at most."""
    indent = min(width // 3, 42) if width + _EDGES >= _NARROW else 6
    lines = list(text.wrap(out, width - indent))
    if names.cell_len + 2 <= indent and lines:
        names.pad_right(indent - names.cell_len)
        yield names + lines.pop(0)
    else:
        yield from names.wrap(out, width)
    for line in lines:
        line.pad_left(indent)
        yield line
