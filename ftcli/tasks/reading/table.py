"""What the readers of all formats give back, and how they say what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import DataError


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, under the names they were asked for.

    Each column holds one text per row; ``lines`` holds the line that each row starts on, counted from 1. ``lists``
    names the columns whose texts were several in the file, and have been joined.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]
    lists: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.lines)

    def error(self, row: int, message: str, *, hint: str | None = None) -> DataError:
        """Make the error for something wrong in this row."""
        return file_error(self.path, self.lines[row], message, hint)


def file_error(path: Path, line: int | None, message: str, hint: str | None) -> DataError:
    """Make the error for something wrong on this line of a file, or with the file as a whole."""
    place = f"{path}:" if line is None else f"{path}:{line}:"
    return DataError(f"{place} {message}", hint=hint)
