"""What the readers of all formats give back."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import DataError
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import Form
from ftcli.wording import counted

_MOST_LINES = 5


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, under the names they were asked for.

    Each column holds one text per row; ``lines`` holds the line that each row starts on, counted from 1. ``lists``
    names the columns whose texts were several in the file, and have been joined. ``blank`` holds the lines of rows with
    nothing in any field, which were skipped, in their order. ``form`` is that in which the file turned out to be.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]
    lists: frozenset[str] = frozenset()
    blank: tuple[int, ...] = ()
    form: Form | None = None

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def numbers(self) -> list[int]:
        """Which row of the file each is, from 0, those that are blank counted."""
        return [row + bisect(self.blank, line) for row, line in enumerate(self.lines)]

    def error(self, row: int, message: str, *, hint: str | None = None) -> DataError:
        """Make the error for something wrong in this row."""
        return file_error(self.path, self.lines[row], message, hint)

    def errors(self, rows: Sequence[int], message: str, *, hint: str | None = None) -> DataError:
        """Make the error for the same wrong in several rows; it names the first, and the lines of some others."""
        return self.error(rows[0], message + so_in_more([self.lines[row] for row in rows[1:]]), hint=hint)


def so_in_more(lines: Sequence[int]) -> str:
    """Say after what is wrong in one line that it is so in these, too.

    >>> so_in_more([3, 4])
    '; so it is in 2 more (lines 3, 4)'
    """
    return f"; so it is in {len(lines):,} more ({some_lines(lines, ' ...')})" if lines else ""


def some_lines(lines: Sequence[int], and_more: str = " and more") -> str:
    """Name the first of some lines, and say that there are more.

    >>> some_lines([3]), some_lines(range(3, 9))
    ('line 3', 'lines 3, 4, 5, 6, 7 and more')
    """
    first = ", ".join(map(str, lines[:_MOST_LINES]))
    return f"line{'s' * (len(lines) > 1)} {first}{and_more if len(lines) > _MOST_LINES else ''}"


def blank_rows(path: Path, blank: Sequence[int], what: str = "nothing in any field") -> str:
    """Say how many rows of a file are blank, and which.

    >>> blank_rows(Path("a.csv"), [3])
    '1 row with nothing in any field: a.csv line 3'
    >>> blank_rows(Path("a.csv"), range(3, 1003))
    '1,000 rows with nothing in any field: a.csv lines 3, 4, 5, 6, 7 and 995 more'
    """
    lines = some_lines(blank, f" and {len(blank) - _MOST_LINES:,} more")
    return f"{counted(len(blank), 'row', 'rows')} with {what}: {path} {lines}"
