"""How readers say what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

from ftcli.errors import DataError


def file_error(path: Path, line: int | None, message: str, hint: str | None) -> DataError:
    """Make the error for something wrong on this line of a file, or with the file as a whole."""
    place = f"{path}:" if line is None else f"{path}:{line}:"
    return DataError(f"{place} {message}", hint=hint)
