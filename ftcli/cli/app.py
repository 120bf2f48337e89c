"""The application: one module a command, imported when that command is asked for."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Annotated, Any, NamedTuple

import typer

import ftcli
from ftcli.cli import commands
from ftcli.cli.help import Group

_HEAD = re.compile(r'"""``ftcli (\w+)``: (.+?)(?:\n\n|""")', re.DOTALL)
_ORDER = re.compile(r"^ORDER = (\d+)$", re.MULTILINE)


def build() -> typer.Typer:
    """Return the application with all commands, in the order in which one uses them."""
    app = typer.Typer(
        name="ftcli",
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    return app


class Known(NamedTuple):
    """A command that has not been imported: its place, its name, what it is for, and its module."""

    order: int
    name: str
    help: str
    module: str


class Commands(Group):
    """All commands; each is imported when it is asked for, since all of them together take half a second."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known = {each.name: each for each in _known()}
        self.commands = dict.fromkeys(self._known)  # type: ignore[assignment] # what misspelt ones are near

    def list_commands(self, ctx: Any) -> list[str]:
        """Return their names."""
        return list(self._known)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the one of that name; None: there is none."""
        known = self._known.get(cmd_name)
        return known and _load(known)

    def summaries(self, ctx: Any) -> dict[str, str]:
        """Return what each is for."""
        return {each.name: each.help for each in self._known.values()}


def _known() -> list[Known]:
    """Return all commands, read and not imported, in the order in which one uses them."""
    found = []
    for module in pkgutil.iter_modules(commands.__path__):
        text = (pkgutil.get_data(commands.__name__, f"{module.name}.py") or b"").decode()
        head, order = _HEAD.match(text), _ORDER.search(text)
        assert head is not None, f"{module.name} does not say what its command is for"
        assert order is not None, f"{module.name} does not say where its command stands"
        found.append(Known(int(order[1]), head[1], " ".join(head[2].split()), module.name))
    return sorted(found)


def _load(known: Known) -> Any:
    app = typer.Typer(rich_markup_mode="rich")
    app.callback()(_root)  # so that it is a group, though of one command
    importlib.import_module(f"{commands.__name__}.{known.module}").register(app)
    group: Any = typer.main.get_command(app)
    command = group.commands[known.name]
    command.help = known.help
    return command


def _show_version(on: bool) -> None:
    if on:
        typer.echo(f"ftcli {ftcli.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Fine-tune pretrained encoders on small labelled data sets: every technique one flag, honest about seeds."""
