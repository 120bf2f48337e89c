"""What a check found: what is wrong, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ftcli.tasks.dataset import Examples

_SHOWN = 5
"""Of how many rows a finding says the lines in words."""


class Severity(StrEnum):
    """How bad it is: an error keeps a training from starting, a warning doesn't."""

    ERROR = "error"
    WARNING = "warning"


class Place(BaseModel):
    """A row of a file; ``like`` names another one that it resembles."""

    model_config = ConfigDict(frozen=True)

    file: str
    line: int | None
    like: str | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Finding(BaseModel):
    """One thing that is wrong, in one row or in many."""

    model_config = ConfigDict(frozen=True)

    check: str
    severity: Severity = Severity.WARNING
    message: str
    hint: str
    count: int = Field(description="rows that it is true of; 0 where it is about none in particular")
    places: list[Place] = Field(default_factory=list, description="all of these rows")

    @property
    def where(self) -> str:
        """The places in words, such as ``train.csv lines 3 and 7 (as 2)``; empty where there is none."""
        return in_words(self.places, self.count)


def rows_in(findings: Sequence[Finding]) -> tuple[list[Place], int]:
    """Return the places of some findings, each row of a file once, and how many rows they are true of."""
    places = [place for finding in findings for place in finding.places]
    known: set[tuple[str, int]] = set()
    rows = []
    for place in places:
        if place.line is None or (place.file, place.line) not in known:
            rows.append(place)
            known |= {(place.file, place.line)} if place.line is not None else set()
    return rows, sum(finding.count for finding in findings) - (len(places) - len(rows))


def in_words(places: Sequence[Place], count: int) -> str:
    """Say where the first of these places are, and how many more there are of ``count``; empty where there is none."""
    shown = places[:_SHOWN]
    files = [_in_file(file, list(found)) for file, found in groupby(shown, key=lambda place: place.file)]
    more = count - len(shown)
    return "; ".join(files) + (f" and {more:,} more" if files and more > 0 else "")


def places_of(examples: Examples, rows: Sequence[int], like: Sequence[Place] = ()) -> list[Place]:
    """Return where these rows lie; ``like`` has the place that each of them resembles."""
    twins = map(str, like) if like else [None] * len(rows)
    return [place_of(examples, row, twin) for row, twin in zip(rows, twins, strict=True)]


def place_of(examples: Examples, row: int, like: str | None = None) -> Place:
    """Return where a row lies."""
    line = int(examples.lines[row]) if examples.lines is not None else None
    return Place(file=str(examples.path or Path("data")), line=line, like=like)


def findings_as_json(findings: Sequence[Finding] | None) -> list[dict[str, Any]] | None:
    """Return findings as ``--json`` prints them; None where nobody looked."""
    return None if findings is None else [finding.model_dump(mode="json") for finding in findings]


def share(rows: Sized, examples: Examples) -> str:
    """Say how many of a split's rows these are.

    >>> share(range(5), Examples(ids="01234567", texts="abcdefgh", pairs=None, labels=None))
    '5 of 8 rows (62%)'
    """
    part = len(rows) / len(examples)
    return f"{len(rows):,} of {len(examples):,} rows ({_percent(part)})"


def _percent(part: float) -> str:
    return f"{100 * part:.2g}%" if part < 0.995 else "100%"


def _in_file(file: str, places: list[Place]) -> str:
    lines = [f"{place.line}" + _as(place) for place in places if place.line is not None]
    return f"{file} line{'s' * (len(lines) > 1)} {', '.join(lines)}" if lines else file


def _as(place: Place) -> str:
    if place.like is None:
        return ""
    return f" (as {place.like.removeprefix(f'{place.file}:').rpartition('/')[2]})"
