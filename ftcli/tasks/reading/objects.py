"""Rows that are JSON objects: one a line, or all in one array."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ftcli.tasks.reading.columns import duplicates, listing, match_column, missing_column
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.lines import split_lines
from ftcli.tasks.reading.table import Table

Object = tuple[int, dict[str, Any]]

_LINE_HINT = 'Each line is one flat JSON object, such as {"text": "...", "label": "..."}'
_ARRAY_HINT = (
    'The file is one array of flat JSON objects, such as [{"text": "...", "label": "..."}]; pandas writes that with '
    "orient='records'"
)


def parse_lines(path: Path, text: str) -> list[Object]:
    """Return the line and the content of each object of a file with one a line; blank lines are passed over.

    Raises:
        DataError: a line is no JSON object, or there is none.
    """
    lines = [(line, content) for line, content in split_lines(text) if content.strip(" \t\r")]
    if not lines:
        raise file_error(path, 1, "the file is empty", _LINE_HINT)
    return [(line, parse_object(path, line, content, _LINE_HINT, **_STRICT)) for line, content in lines]


def parse_object(path: Path, line: int, content: str, hint: str, **how: Any) -> dict[str, Any]:
    """Return the object that a line holds, parsed by json as ``how`` says.

    Raises:
        DataError: it holds something else.
    """
    return _row(path, line, _parse(path, line, content, hint, **how), hint)


def parse_array(path: Path, text: str) -> list[Object]:
    """Return the number, counted from 1, and the content of each object of an array.

    Raises:
        DataError: it is no array of JSON objects, or there is none.
    """
    if not text.strip():
        raise file_error(path, 1, "the file is empty", _ARRAY_HINT)
    rows = _parse(path, 1, text, _ARRAY_HINT, **_STRICT)
    if not isinstance(rows, list):
        raise file_error(path, 1, "JSON, but not an array of rows", _ARRAY_HINT)
    if not rows:
        raise file_error(path, 1, "an array without rows", "Add at least one row.")
    return [(number, _row(path, number, row, _ARRAY_HINT)) for number, row in enumerate(rows, start=1)]


def parse_json(path: Path, text: str) -> list[Object]:
    """Return the objects of a .json file, which is an array, or in truth has an object a line.

    Raises:
        DataError: it is neither.
    """
    first, _, others = text.strip().partition("\n")
    return parse_lines(path, text) if others and _is_object(first) else parse_array(path, text)


def flat_names(objects: Sequence[Object]) -> tuple[list[str], list[str]]:
    """Return the keys that hold text, numbers, truth values or nothing, and those that hold lists of such.

    A key within a key is called by both: ``data.text``.
    """
    values: dict[str, list[Any]] = {}
    for _, row in objects:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    flat = [name for name, column in values.items() if not _is_nested(column)]
    lists = [
        name
        for name, column in values.items()
        if name not in flat
        and all(each is None or (isinstance(each, list) and not _is_nested(each)) for each in column)
    ]
    return flat, lists


def gather(
    path: Path,
    objects: Sequence[Object],
    required: Sequence[str],
    optional: Sequence[str],
    joined: Mapping[str, str] | None = None,
) -> Table:
    """Gather the wanted keys of the objects as columns.

    Null reads as empty, and so does an optional key that is missing; it makes no column where no object has it. Lists
    are joined, in the columns that ``joined`` names, by what it gives for them.

    Raises:
        DataError: an object lacks a required key, or a wanted one is nested.
    """
    columns: dict[str, list[str]] = {name: [] for name in [*required, *optional]}
    found, joined = set(required), joined or {}
    for line, row in objects:
        for wanted, column in columns.items():
            name = match_column(wanted, row)
            if name is not None:
                found.add(wanted)
                value = "" if row[name] is None else row[name]
                column.append(flat_text(path, line, name, value, joined.get(wanted)))
            elif wanted in required:
                raise missing_column(f"{path}:{line}", wanted, row)
            else:
                column.append("")
    return Table(path, {name: column for name, column in columns.items() if name in found}, [at for at, _ in objects])


def flat_text(path: Path, line: int, name: str, value: object, separator: str | None) -> str:
    """Return a value as text; a list joined by the separator, where there is one.

    Raises:
        DataError: it is nested, or a text of a list has the separator in it.
    """
    if separator is None or not isinstance(value, list):
        return scalar_text(path, line, name, value)
    texts = [scalar_text(path, line, name, each) for each in value]
    if held := [text for text in texts if separator in text]:
        message = f"column '{name}': '{held[0]}' holds '{separator}', which is to stand between labels"
        raise file_error(path, line, message, "Name another one with --label-separator.")
    return separator.join(texts)


def scalar_text(path: Path, line: int, name: str, value: object) -> str:
    """Return a value as the text that a CSV file would hold.

    Raises:
        DataError: it is nested.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            # Python reads it, but no file can hold it: writing the predictions would fail later.
            raise file_error(path, line, f"column '{name}': half a surrogate pair", "Escape both halves.") from error
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    what = "null" if value is None else "a list or object"
    hint = "Name another column; what lies within an object is called by both keys, such as data.text."
    raise file_error(path, line, f"column '{name}': {what} where a text or a number belongs", hint)


def _is_nested(values: list[Any]) -> bool:
    return any(isinstance(value, list | dict) for value in values)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _row(path: Path, line: int, row: Any, hint: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise file_error(path, line, "malformed row: JSON, but not an object", hint)
    try:
        return dict(_flattened(row))
    except RecursionError as error:
        raise file_error(path, line, "malformed row: nested too deeply", hint) from error


def _flattened(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of an object and of those in it, each under all of its keys."""
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _parse(path: Path, line: int, content: str, hint: str, **how: Any) -> Any:
    try:
        return json.loads(content, **how)
    except RecursionError as error:
        raise file_error(path, line, "malformed row: nested too deeply", hint) from error
    except ValueError as error:
        at = line + error.lineno - 1 if isinstance(error, json.JSONDecodeError) else line
        raise file_error(path, at, f"malformed row: not JSON ({error})", hint) from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := duplicates([key for key, _ in pairs]):
        raise ValueError(f"more than one column named {listing(twice)}")
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


_STRICT = {"object_pairs_hook": _unique_keys, "parse_constant": _refuse_constant}
