"""Layers of settings, each from one source, merged and checked: what comes first wins."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource, SettingsError

from ftcli.errors import UsageError
from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.names import names_elsewhere, near_name

Settings = TypeVar("Settings", bound=CommandSettings)
COMMAND_LINE = "command line"
ENVIRONMENT = "environment"
_PREFIX = str(CommandSettings.model_config["env_prefix"])


@dataclass(frozen=True)
class Layer:
    """The values that one source gives, and how it calls them."""

    origin: str
    values: Mapping[str, Any]

    def name_of(self, path: Sequence[str]) -> str:
        """Return what the user would look for: an option, a variable, or a key of a file."""
        if self.origin == COMMAND_LINE:
            return option_name(path)
        if self.origin == ENVIRONMENT:
            return _PREFIX + "__".join(path).upper()
        return f"'{'.'.join(path)}' in {self.origin}"

    def holds(self, path: Sequence[str]) -> bool:
        """Whether this source gives a value there."""
        values: Any = self.values
        for key in path:
            if not isinstance(values, Mapping) or key not in values:
                return False
            values = values[key]
        return True


def option_name(path: Iterable[str]) -> str:
    """Return the command-line option of a setting.

    >>> option_name(["rdrop", "alpha"])
    '--rdrop-alpha'
    """
    return "--" + "-".join(path).replace("_", "-")


def command_line(flags: Mapping[str, Any]) -> Layer:
    """Return the layer of the options given."""
    return Layer(COMMAND_LINE, flags)


def environment(model: type[CommandSettings]) -> Layer:
    """Return the layer of the variables FTCLI_... that name a setting of this model.

    Raises:
        UsageError: a variable's value can't be read.
    """
    try:
        values = EnvSettingsSource(model)()
    except SettingsError as error:
        raise UsageError(f"environment: {error}") from None
    this_call = {name for name, field in model.model_fields.items() if field.json_schema_extra == THIS_CALL}
    return Layer(ENVIRONMENT, {name: value for name, value in values.items() if name not in this_call})


def misspelt_variables(models: Iterable[type[BaseModel]]) -> Iterator[str]:
    """Yield a line for each variable FTCLI_... that names no setting, but is much like one that does."""
    given = [name for name in os.environ if name.upper().startswith(_PREFIX)]
    known: set[str] = set()
    others: dict[str, str] = {}
    for model in models if given else ():
        others |= names_elsewhere(model)
        for name, field in model.model_fields.items():
            inner = field.annotation
            known |= {field.alias or name, *(f"{name}__{each}" for each in getattr(inner, "model_fields", ()))}
    for variable in given:
        wanted = variable[len(_PREFIX) :].lower()
        if wanted.partition("__")[0] not in known and (near := near_name(wanted, known, others)):
            yield f"{variable}: there is no such setting; did you mean {_PREFIX}{near.upper()}?"


def config_file(path: Path) -> Layer:
    """Return the layer of a TOML file.

    Raises:
        UsageError: the file can't be read.
    """
    try:
        return Layer(str(path), tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UsageError(f"--config: {path} does not exist") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--config: {path} is not a readable TOML file: {error}") from None


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """Return the values of all layers, nested tables merged key by key; earlier layers win."""
    values: dict[str, Any] = {}
    for layer in layers:
        _fill_in(values, layer.values)
    return values


_MOST_TOLD = 10
"""More errors at once nobody reads."""


def checked(model: type[Settings], values: Mapping[str, Any], layers: Sequence[Layer]) -> Settings:
    """Return settings of these values.

    Raises:
        UsageError: values are out of their range, or name no setting; the message names each where it was given.
    """
    try:
        return model(**values)
    except ValidationError as error:
        told = [_explain(each, layers, model) for each in error.errors()[:_MOST_TOLD]]
        more = error.error_count() - len(told)
        raise UsageError("\n".join([*told, *([f"and {more:,} more"] if more else [])])) from None


def _fill_in(values: dict[str, Any], below: Mapping[str, Any]) -> None:
    for key, value in below.items():
        if isinstance(value, Mapping):
            table = values.setdefault(key, {})
            if isinstance(table, dict):
                _fill_in(table, value)
        else:
            values.setdefault(key, value)


def _explain(error: ErrorDetails, layers: Iterable[Layer], model: type[BaseModel]) -> str:
    path = [str(part) for part in error["loc"]]
    message = error["msg"].removeprefix("Value error, ")
    if not path:
        return message
    giver = next((layer for layer in layers if layer.holds(path)), None)
    name = giver.name_of(path) if giver else option_name(path)
    if error["type"] == "extra_forbidden":
        near = _near(path, model)
        called = giver.name_of(near) if giver and giver.origin == ENVIRONMENT else ".".join(near)
        return f"{name}: there is no such setting" + (f"; did you mean {called}?" if near else "")
    return f"{name}: {message[0].lower()}{message[1:]} (got {error['input']!r})"


def _near(path: Sequence[str], model: type[BaseModel]) -> list[str]:
    """Return the path of the setting, or that of a technique, that is meant; nothing where none is near."""
    *tables, wanted = path
    for table in tables:
        field = model.model_fields.get(table)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return []
        model = field.annotation
    near = near_name(wanted, model.model_fields, names_elsewhere(model))
    return [*tables, near] if near else []


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its name, that of one in a table behind the table's.

    >>> list(flat({"lr": 0.1, "rdrop": {"alpha": 1.0}}))
    [('lr', 0.1), ('rdrop.alpha', 1.0)]
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
