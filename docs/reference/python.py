"""docs/python.md: what ``from ftcli import ...`` and ``from ftcli import api`` give."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

import ftcli
from docs.reference.markdown import MADE, code, plain, prose, table
from ftcli import api, python
from ftcli.settings.base import CommandSettings

_INTRODUCTION = f"""# From Python

{MADE}
"""


def page() -> str:
    """Return the page."""
    names = [getattr(ftcli, name) for name in ftcli.__all__]
    functions = [each for each in names if inspect.isfunction(each)]
    settings = [each for each in names if _is(each, CommandSettings)]
    results = [each for each in names if inspect.isclass(each) and each not in settings]
    sections = [
        *map(_function, functions),
        "## Settings\n\nTheir fields are the options of the command, by the names that they have in a file: "
        "[cli.md](cli.md).\n\n" + "".join(f"- `{each.__name__}`\n" for each in settings) + "\n",
        *map(_class, results),
        "## ftcli.api\n\nThe same and more with settings objects alone, as the command line calls it.\n\n",
        table(("function", "what it does"), [(code(_signature(each)), _first(each)) for each in _functions()]),
    ]
    return _INTRODUCTION + prose(python.__doc__) + "".join(sections).rstrip() + "\n"


def _function(function: Any) -> str:
    return f"## {function.__name__}\n\n```python\n{_signature(function)}\n```\n\n{prose(function.__doc__)}"


def _class(kind: type) -> str:
    return f"## {kind.__name__}\n\n{prose(kind.__doc__)}" + table(
        ("attribute", "type", "what it is"), _attributes(kind)
    )


def _attributes(kind: type) -> Iterator[tuple[str, str, str]]:
    """Yield the fields and properties of a class, each with its type and what is said of it."""
    if _is(kind, BaseModel):
        for name, field in kind.model_fields.items():  # type: ignore[attr-defined]
            yield code(name), code(inspect.formatannotation(field.annotation)), field.description or ""
    elif dataclasses.is_dataclass(kind):
        yield from ((code(each.name), code(each.type), "") for each in dataclasses.fields(kind))
    for name, member in inspect.getmembers(kind, lambda each: isinstance(each, property)):
        if not name.startswith("_") and not name.startswith("model_"):
            yield code(name), code(member.fget.__annotations__.get("return", "")), _first(member)


def _functions() -> list[Any]:
    return [each for name in api.__all__ if inspect.isfunction(each := getattr(api, name))]


def _signature(function: Any) -> str:
    """Return a function's signature as it is written in the code."""
    return str(function.__name__) + str(inspect.signature(function)).replace("'", "")


def _first(subject: Any) -> str:
    return plain((inspect.getdoc(subject) or "").partition("\n")[0])


def _is(candidate: Any, base: type) -> bool:
    return inspect.isclass(candidate) and issubclass(candidate, base)
