"""docs/cli.md: every command, from the application itself and the settings behind its options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.reference.markdown import MADE, code, table
from ftcli.cli.app import build
from ftcli.settings.base import THIS_CALL
from ftcli.settings.layers import ENVIRONMENT, Layer
from ftcli.settings.presets import preset, presets

_TECHNIQUE = "Technique "
_HEADINGS = ("option", "value", "default", "variable", "key in a file", "what it does")
_INTRODUCTION = f"""# Commands

{MADE}
An option is given as a flag, as an environment variable, or as a key of the TOML file that `--config` names; the first
of these wins. An option without a variable belongs to one call alone. Every command takes `--help`.

"""

_TECHNIQUES = """### Each technique

A flag of its name, and options of its own: [strategies.md](strategies.md). `--no-NAME` leaves it out.

"""


def page() -> str:
    """Return the page."""
    application: Any = typer.main.get_command(build())
    return _INTRODUCTION + "".join(_described(("ftcli",), application)).rstrip() + "\n"


def _described(path: tuple[str, ...], command: Any) -> Iterator[str]:
    """Yield the sections of a command and of all below it."""
    if hasattr(command, "commands"):
        for name in command.list_commands(None):
            yield from _described((*path, name), command.get_command(None, name))
        return
    given = [each for each in command.params if not getattr(each, "hidden", False) and each.name != "help"]
    arguments = [each for each in given if each.param_type_name == "argument"]
    usage = " ".join([*path, "[OPTIONS]", *map(_shown, arguments)])
    yield f"## {' '.join(path)}\n\n{' '.join((command.help or '').split())}\n\n```\n{usage}\n```\n\n"
    model = getattr(command.callback, "settings", None)
    yield table(("argument", "what it is"), ((code(each.name.upper()), _help(each, model)) for each in arguments))
    options = [each for each in given if each.param_type_name == "option"]
    panels: dict[str, list[Any]] = {}
    for each in options:
        panels.setdefault(_panel(each), []).append(each)
    for panel, some in panels.items():
        if not panel.startswith(_TECHNIQUE):
            yield (f"### {panel}\n\n" if panel else "") + table(_HEADINGS, [_row(each, model) for each in some])
    if any(panel.startswith(_TECHNIQUE) for panel in panels):
        yield _TECHNIQUES + "### Presets\n\n" + table(("preset", "what it is for", "values"), map(_preset, presets()))


def _shown(argument: Any) -> str:
    name = argument.name.upper() + ("..." if argument.nargs < 0 else "")
    return name if argument.required else f"[{name}]"


def _preset(name: str) -> tuple[str, str, str]:
    values = ", ".join(f"{key} = {value!r}" for key, value in preset(name).values.items())
    return code(name), presets()[name], code(values)


def _row(option: Any, model: type[BaseModel] | None) -> tuple[str, ...]:
    field = _field(option, model)
    path = _path(option)
    names = ", ".join(map(code, [*option.opts, *option.secondary_opts]))
    value = "" if option.is_flag else option.metavar or "TEXT"
    if field is None:
        default = str(option.default) if isinstance(option.default, str | Path) else ""
        return names, code(value), code(default), code(option.envvar or ""), "", _help(option, model)
    here = field.json_schema_extra == THIS_CALL
    variable = "" if here else Layer(ENVIRONMENT, {}).name_of(path)
    return names, code(value), code(shown_default(field)), code(variable), code(".".join(path)), _help(option, model)


def _help(option: Any, model: type[BaseModel] | None) -> str:
    field = _field(option, model)
    return str(field.description) if field is not None else (option.help or "").replace("\\[", "[")


def _field(option: Any, model: type[BaseModel] | None) -> FieldInfo | None:
    """Return the field that an option or argument sets, if it sets one."""
    fields: Iterable[tuple[str, FieldInfo]] = model.model_fields.items() if model is not None else ()
    return next((field for name, field in fields if (field.alias or name) == _path(option)[0]), None)


def _path(option: Any) -> list[str]:
    return str(option.name).removeprefix("option__").split("__")


def _panel(option: Any) -> str:
    return str(getattr(option, "rich_help_panel", None) or "")


def shown_default(field: FieldInfo) -> str:
    """Return a field's default as a flag or a file would give it; empty where there is none."""
    if field.default is None or field.default is PydanticUndefined:
        return ""
    return {True: "on", False: "off"}[field.default] if isinstance(field.default, bool) else str(field.default)
