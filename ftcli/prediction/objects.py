"""A line that is a JSON object; of what is not read, such as a second key of one name, it may hold anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.tasks.reading import objects
from ftcli.tasks.reading.errors import file_error

_HINT = 'Each line is one JSON object, such as {"text": "..."}'


def parse_object(path: Path, line: int, content: str) -> dict[str, Any]:
    """Return the object that a line holds.

    Raises:
        DataError: it holds something else.
    """
    return objects.parse_object(path, line, content, _HINT)


def text_of(path: Path, line: int, name: str, value: object) -> str:
    """Return the value of a key as a text; null is an empty one.

    Raises:
        DataError: it is none.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise file_error(path, line, f"column '{name}': no text", _HINT)
    return objects.scalar_text(path, line, name, value)


def id_of(value: object) -> str | None:
    """Return the value of a key as what a row is called; None where it can't be that."""
    return None if isinstance(value, bool) or not isinstance(value, str | int | float) else str(value)
