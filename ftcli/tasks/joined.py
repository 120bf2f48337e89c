"""Telling that cells hold several labels each, by the labels of other cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ftcli.tasks.labels import parts
from ftcli.tasks.roles import NUMBER

_MARKS = ("|", ";", ",")


class Joined(NamedTuple):
    """What stands between the labels of a cell, and a cell in which it does."""

    mark: str
    example: str


def surely_joined(cells: Collection[str]) -> Joined | None:
    """Find what joins labels where there is no doubt: each of those that are joined stands alone in some cell, too."""
    alone = set(cells)
    for mark in _MARKS:
        found = _joined(alone, mark)
        if found and all(part in alone for joined in found.values() for part in joined):
            return Joined(mark, next(iter(found)))
    return None


def seemingly_joined(cells: Iterable[str]) -> Joined | None:
    """Find what seems to join labels: of at least half of the cells with it, all parts come in other cells, too."""
    names = set(cells)
    for mark in _MARKS:
        found = _joined(names, mark)
        cells_with = Counter(part for name in names if not NUMBER.fullmatch(name) for part in set(parts(name, mark)))
        again = [name for name, joined in found.items() if all(cells_with[part] > 1 for part in joined)]
        if again and 2 * len(again) >= len(found):
            return Joined(mark, again[0])
    return None


def _joined(cells: Collection[str], mark: str) -> dict[str, set[str]]:
    """Return the cells in which a mark joins several labels, sorted, with these; a decimal number has none."""
    found = {cell: set(parts(cell, mark)) for cell in sorted(cells) if not NUMBER.fullmatch(cell)}
    return {cell: joined for cell, joined in found.items() if len(joined) > 1}
