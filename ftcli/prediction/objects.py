"""A line that is a JSON object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftcli.tasks.reading.table import file_error

_HINT = 'Each line is one flat JSON object, such as {"text": "..."}'


def parse_object(path: Path, line: int, content: str) -> dict[str, Any]:
    """Return the object that a line holds.

    Raises:
        DataError: it holds something else.
    """
    try:
        row = json.loads(content)
    except RecursionError as error:
        raise file_error(path, line, "malformed row: nested too deeply", _HINT) from error
    except ValueError as error:
        raise file_error(path, line, f"malformed row: not JSON ({error})", _HINT) from error
    if not isinstance(row, dict):
        raise file_error(path, line, "malformed row: JSON, but not an object", _HINT)
    return row


def text_of(path: Path, line: int, name: str, value: object) -> str:
    """Return the value of a key as a text.

    Raises:
        DataError: it is none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if not isinstance(value, str):
        raise file_error(path, line, f"column '{name}': no text", _HINT)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise file_error(path, line, f"column '{name}': half a surrogate pair", "Escape both halves.") from error
    return value
