"""Numeric options that are given as lists: every combination of their values is trained."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ftcli.errors import UsageError
from ftcli.settings.layers import option_name

Path = tuple[str, ...]
MOST_POINTS = 1000


class Point(NamedTuple):
    """One combination: what it is called ("lr-2e-5"), and the values of all options."""

    name: str
    values: dict[Path, Any]


def points(given: Mapping[Path, Any], numeric: set[Path]) -> list[Point]:
    """Return every combination of the options' values; one without a name where none is given as a list.

    >>> [point.name for point in points({("lr",): "1e-5,2e-5", ("epochs",): "3"}, {("lr",), ("epochs",)})]
    ['lr-1e-5', 'lr-2e-5']

    Raises:
        UsageError: a list has an empty place or names a value twice, or there are too many combinations.
    """
    lists = {path: _values(path, text) for path, text in given.items() if path in numeric and _is_list(text)}
    count = 1
    for each in lists.values():
        count *= len(each)
    if count > MOST_POINTS:
        raise UsageError(f"{_named(lists)}: {count} combinations are more than {MOST_POINTS}")
    return [Point(_name(chosen), {**given, **chosen}) for chosen in _combinations(lists)]


def searched(given: Mapping[Path, Any], numeric: set[Path]) -> list[str]:
    """Return the settings that are given as lists, by the names that `compare` knows them by ("rdrop.alpha")."""
    return [".".join(path) for path, text in given.items() if path in numeric and _is_list(text)]


def _is_list(text: Any) -> bool:
    return isinstance(text, str) and "," in text


def _values(path: Path, text: str) -> list[str]:
    values = [value.strip() for value in text.split(",")]
    if not all(values) or len(set(values)) < len(values):
        raise UsageError(f"{option_name(path)}: a list needs different numbers between its commas (got {text!r})")
    return values


def _combinations(lists: Mapping[Path, list[str]]) -> Iterator[dict[Path, str]]:
    for values in itertools.product(*lists.values()):
        yield dict(zip(lists, values, strict=True))


def _name(chosen: Mapping[Path, str]) -> str:
    return "-".join(f"{'.'.join(path)}-{value}" for path, value in chosen.items())


def _named(lists: Mapping[Path, list[str]]) -> str:
    return ", ".join(option_name(path) for path in lists)
