"""Fields of a settings model become Typer options, so that each option is written once: in its field."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.markup import escape

Complete = Callable[[str], list[str]]


@dataclass(frozen=True)
class Option:
    """A command-line option and the place in the settings that it sets."""

    path: tuple[str, ...]
    field: FieldInfo
    panel: str

    @property
    def parameter(self) -> str:
        """Name of the Python parameter, unique among the options of a command."""
        return "__".join(("option", *self.path))  # the prefix, since an option may be called as a keyword is: --from

    @property
    def is_numeric(self) -> bool:
        """Whether its value is a number."""
        return _plain(self.field.annotation) in (int, float)

    def declare(self, complete: Complete | None = None) -> inspect.Parameter:
        """Return the Typer parameter; its value is None where the option is not given."""
        kind = _plain(self.field.annotation)
        name = "--" + "-".join(self.path).replace("_", "-")
        extra = self.field.json_schema_extra
        aliases = extra.get("aliases", []) if isinstance(extra, dict) else []
        names = [f"{name}/--no-{name[2:]}"] if kind is bool else [name, *aliases]  # type: ignore[misc]
        option = typer.Option(
            *names,
            help=_help(self.field),
            rich_help_panel=self.panel,
            show_default=False,
            metavar=None if kind is bool else _metavar(kind),
            autocompletion=complete,
        )
        # Numbers and choices stay text here: pydantic checks them, and says what is wrong in one way for all sources.
        given = {bool: bool, list: list[str]}.get(kind, str)
        return parameter(self.parameter, Annotated[given | None, option])


def options_of(model: type[BaseModel], *, leave_out: Sequence[str] = ()) -> Iterator[Option]:
    """Yield the options of a settings model, grouped by the class (its docstring's title) that declares each field."""
    for name, field in model.model_fields.items():
        if name not in leave_out and not _is_model(field.annotation):
            yield Option((field.alias or name,), field, _panel(model, name))


def with_parameters(
    function: Callable[..., Any], parameters: Sequence[inspect.Parameter], settings: type[BaseModel]
) -> Callable[..., Any]:
    """Give a function that takes keyword arguments the signature that Typer reads, and the settings that they make."""
    function.settings = settings  # type: ignore[attr-defined]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function


def switch(name: str, flag: str, text: str, panel: str, *, hidden: bool = False) -> inspect.Parameter:
    """Return a flag that is False where it isn't given."""
    option = typer.Option(flag, help=escape(text), rich_help_panel=panel, show_default=False, hidden=hidden)
    return parameter(name, Annotated[bool, option], default=False)


def parameter(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    """Return a keyword parameter of any annotation."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def nest(values: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    """Turn {("rdrop", "alpha"): 1} into {"rdrop": {"alpha": 1}}, leaving out what is None."""
    nested: dict[str, Any] = {}
    for path, value in values.items():
        if value is not None and value != []:
            *above, last = path
            place = nested
            for key in above:
                place = place.setdefault(key, {})
            place[last] = value
    return nested


def _panel(model: type[BaseModel], field: str) -> str:
    declaring = next(each for each in reversed(model.__mro__) if field in getattr(each, "__annotations__", {}))
    return (declaring.__doc__ or "Options").partition("\n")[0].rstrip(".")


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _plain(annotation: Any) -> Any:
    """Strip Optional and Annotated: ``Annotated[int, ...] | None`` is int, ``list[str]`` is list."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _plain(next(each for each in get_args(annotation) if each is not type(None)))
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    return annotation if origin is Literal else origin or annotation


def _metavar(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "|".join(map(str, get_args(kind)))
    names: dict[Any, str] = {int: "INTEGER", float: "NUMBER", Path: "PATH", list: "NAME"}
    return names.get(kind, "TEXT")


def _help(field: FieldInfo) -> str:
    """Return the description, with the default, which the option itself does not have: None means not given."""
    default = field.default
    if default is None or default is PydanticUndefined or isinstance(default, bool):
        return escape(field.description or "")
    return escape(f"{field.description} [default: {default}]")
