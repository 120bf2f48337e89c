"""A command made from its settings model: an argument or two, an option for each other field, and --json."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape

from ftcli.cli import completion
from ftcli.cli.console import errors_shown
from ftcli.cli.options import nest, options_of, parameter, with_parameters
from ftcli.cli.suggesting import Suggesting
from ftcli.settings.base import CommandSettings
from ftcli.settings.resolve import resolve

Settings = TypeVar("Settings", bound=CommandSettings)
JSON = parameter(
    "json", Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")], default=False
)
CONFIG = parameter(
    "config", Annotated[Path | None, typer.Option(help="Read settings from this TOML file.", metavar="PATH")]
)


def add_command(  # noqa: PLR0913 - the last is what few commands have
    app: typer.Typer,
    name: str,
    model: type[Settings],
    argument: str,
    action: Callable[[Settings, bool], None],
    *,
    second: str | None = None,
) -> None:
    """Add a command whose one argument is the field of that name; a list where the field is one.

    ``action`` takes the settings and whether to print JSON.
    ``second`` is the field of a second argument, where there is one.
    """
    arguments = [argument, *([second] if second else [])]
    options = list(options_of(model, leave_out=arguments))

    def command(*, config: Path | None, json: bool, **given: Any) -> None:
        with errors_shown(as_json=json):
            values = {(each,): given[each] for each in arguments}
            flags = nest(values | {option.path: given[option.parameter] for option in options})
            action(resolve(model, flags, config=config), json)

    parameters = [
        *(_argument(model, each) for each in arguments),
        CONFIG,
        *(option.declare(completion.FOR_SETTING.get(option.path[0])) for option in options),
        JSON,
    ]
    app.command(name, cls=Suggesting)(with_parameters(command, parameters, model))


def _argument(model: type[CommandSettings], name: str) -> inspect.Parameter:
    field = model.model_fields[name]
    kind = list[str] if "list" in str(field.annotation) else str
    complete = completion.FOR_SETTING.get(name)
    return parameter(
        name, Annotated[kind | None, typer.Argument(help=escape(field.description or ""), autocompletion=complete)]
    )
