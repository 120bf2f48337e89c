"""The text of a data file and its lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from ftcli.tasks.reading.table import file_error


def read_text(path: Path) -> str:
    """Read a UTF-8 file, with or without byte order mark.

    Raises:
        DataError: it can't be read or holds something else.
    """
    data = _read_bytes(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise file_error(path, 1, "UTF-16 text, not UTF-8", "Save the file as UTF-8.")
    if (nul := data.find(b"\0")) >= 0:
        hint = "Save the file as UTF-8 text; if it is UTF-8, take the NUL out."
        raise file_error(path, _line_of(data, nul), "a NUL byte, which no text file holds", hint)
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_of(error.object, error.start)  # the mark that was taken off holds no line end
        hint = f"Save the file as UTF-8, for instance with: iconv -f WINDOWS-1252 -t UTF-8 {path.name}"
        raise file_error(path, line, f"byte 0x{error.object[error.start]:02x} is not UTF-8", hint) from error


def split_lines(text: str) -> Iterator[tuple[int, str]]:
    r"""Give each line with its number, counted from 1; only ``\n`` and ``\r\n`` end a line."""
    # str.splitlines would also split at U+2028, \x0b, \x85 and others, which are characters of a sentence.
    for number, line in enumerate(text.split("\n"), start=1):
        yield number, line.removesuffix("\r")


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise file_error(path, None, "no such file", "Check the path and the current folder.") from error
    except IsADirectoryError as error:
        raise file_error(path, None, "a folder, not a file", "Give one of the files in it.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        hint = "Check the path and its permissions."
        raise file_error(path, None, f"cannot be read ({reason})", hint) from error


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
