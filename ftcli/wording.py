"""Phrases that several parts of ftcli say."""

from __future__ import annotations

import shlex
from collections.abc import Callable


def counted(count: int, one: str, many: str) -> str:
    """Say how many there are.

    >>> counted(1, "row", "rows"), counted(1000, "row", "rows")
    ('1 row', '1,000 rows')
    """
    return f"{count:,} {one if count == 1 else many}"


def command(*words: object) -> str:
    """Say what to type, so that a shell takes each word as one.

    >>> command("train", "--resume", "my runs/a")
    "ftcli train --resume 'my runs/a'"
    """
    return shlex.join(["ftcli", *map(str, words)])


def as_typed(value: object) -> str:
    """Say a value as one types it, not as Python has it.

    >>> [as_typed(each) for each in (True, 1e-05, ["reinit", "rdrop"], None)]
    ['true', '1e-05', 'reinit, rdrop', '-']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(as_typed, value)) or "-"
    return "-" if value is None else str(value)


def duration(seconds: float) -> str:
    """Say how long that is, in two digits or so.

    >>> [duration(each) for each in (0.4, 42.3, 119.6, 3600, 90000)]
    ['1 s', '42 s', '2 min', '1 h', '25 h']
    """
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 0.99 * size:
            number = seconds / size
            return f"{round(number, 1 if number < 10 else 0):g} {unit}"
    return f"{max(1, round(seconds))} s"


def once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Return what passes each text on when it comes first, and not again."""
    told: set[str] = set()

    def tell_once(text: str) -> None:
        if text not in told:
            told.add(text)
            tell(text)

    return tell_once
