"""Rows of a file that holds one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ftcli.tasks.reading.columns import duplicates, listing, match_column, missing_column_hint
from ftcli.tasks.reading.lines import split_lines
from ftcli.tasks.reading.table import Table, file_error

_HINT = 'Each line is one flat JSON object, such as {"text": "...", "label": "..."}'


def read_objects(path: Path, text: str, required: Sequence[str], optional: Sequence[str]) -> Table:
    """Gather the wanted keys of the objects as columns.

    An optional key reads as empty where it is missing or null, and makes no column where no object has it.

    Raises:
        DataError: a line is no JSON object, or lacks a required key, or there is no row.
    """
    columns: dict[str, list[str]] = {name: [] for name in [*required, *optional]}
    lines: list[int] = []
    found = set(required)
    for line, content in split_lines(text):
        if not content.strip(" \t\r"):
            continue
        row = _parse(path, line, content)
        lines.append(line)
        for wanted, column in columns.items():
            name = match_column(wanted, row)
            if name is not None:
                found.add(wanted)
                optional_null = row[name] is None and wanted not in required
                column.append("" if optional_null else _scalar_text(path, line, name, row[name]))
            elif wanted in required:
                raise file_error(path, line, f"no column '{wanted}'", missing_column_hint(wanted, row))
            else:
                column.append("")
    if not lines:
        raise file_error(path, 1, "the file is empty", _HINT)
    return Table(path, {name: column for name, column in columns.items() if name in found}, lines)


def _parse(path: Path, line: int, content: str) -> dict[str, Any]:
    try:
        row = json.loads(content, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise file_error(path, line, "malformed row: nested too deeply", _HINT) from error
    except ValueError as error:
        raise file_error(path, line, f"malformed row: not JSON ({error})", _HINT) from error
    if not isinstance(row, dict):
        raise file_error(path, line, "malformed row: JSON, but not an object", _HINT)
    return row


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := duplicates([key for key, _ in pairs]):
        raise ValueError(f"more than one column named {listing(twice)}")
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _scalar_text(path: Path, line: int, name: str, value: object) -> str:
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            # Python reads it, but no file can hold it: writing the predictions would fail later.
            raise file_error(path, line, f"column '{name}': half a surrogate pair", "Escape both halves.")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    what = "null" if value is None else "a list or object"
    raise file_error(path, line, f"column '{name}': {what} where a text or a number belongs", _HINT)
