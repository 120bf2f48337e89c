"""What the readers of all formats give back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import DataError
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import Form

MOST_LINES = 5
"""Of how many rows a message says the lines."""


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, under the names they were asked for.

    Each column holds one text per row; ``lines`` holds the line that each row starts on, counted from 1. ``lists``
    names the columns whose texts were several in the file, and have been joined. ``blank`` holds the lines of rows with
    nothing in any field, which were skipped. ``form`` is that in which the file turned out to be.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]
    lists: frozenset[str] = frozenset()
    blank: tuple[int, ...] = ()
    form: Form | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def error(self, row: int, message: str, *, hint: str | None = None) -> DataError:
        """Make the error for something wrong in this row."""
        return file_error(self.path, self.lines[row], message, hint)

    def errors(self, rows: Sequence[int], message: str, *, hint: str | None = None) -> DataError:
        """Make the error for the same wrong in several rows; it names the first, and the lines of some others."""
        others = [self.lines[row] for row in rows[1:]]
        shown = ", ".join(map(str, others[:MOST_LINES])) + (" ..." if len(others) > MOST_LINES else "")
        more = f"; so it is in {len(others):,} more (line{'s' * (len(others) > 1)} {shown})"
        return self.error(rows[0], message + (more if others else ""), hint=hint)


def blank_rows(path: Path, blank: Sequence[int], what: str = "nothing in any field") -> str:
    """Say how many rows of a file are blank, and which.

    >>> blank_rows(Path("a.csv"), [3])
    '1 row with nothing in any field: a.csv line 3'
    >>> blank_rows(Path("a.csv"), range(3, 1003))
    '1,000 rows with nothing in any field: a.csv lines 3, 4, 5, 6, 7 and 995 more'
    """
    first = ", ".join(map(str, blank[:MOST_LINES]))
    more = f" and {len(blank) - MOST_LINES:,} more" if len(blank) > MOST_LINES else ""
    many = "s" * (len(blank) > 1)
    return f"{len(blank):,} row{many} with {what}: {path} line{many} {first}{more}"
