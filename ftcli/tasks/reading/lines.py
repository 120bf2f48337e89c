"""The bytes of a data file, its text and its lines."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path

from ftcli.tasks.reading.compressed import unpacked
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import SPREADSHEET_HINT, STDIN


def read_bytes(path: Path) -> bytes:
    """Read a file, or standard input where the path is ``-``, and unpack what is compressed.

    Raises:
        DataError: it can't be read, or unpacked.
    """
    try:
        data = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except FileNotFoundError as error:
        raise file_error(path, None, "no such file", "Check the path and the current folder.") from error
    except IsADirectoryError as error:
        raise file_error(path, None, "a folder, not a file", "Give one of the files in it.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        hint = "Check the path and its permissions."
        raise file_error(path, None, f"cannot be read ({reason})", hint) from error
    return unpacked(path, data)


def decoded(path: Path, data: bytes, encoding: str) -> str:
    """Return the text of a file, without byte order mark.

    Raises:
        DataError: it holds something else; the message names the line.
    """
    refuse_spreadsheet(path, data)
    if encoding == "utf-8":
        return _utf_8(path, data)
    try:
        text = data.decode(encoding)
        text.encode("utf-8")  # some codecs give half surrogate pairs, which no file can hold
    except UnicodeError as error:
        hint = "Leave --encoding out, and it is guessed; or name the one that the file was saved in."
        raise file_error(path, 1, f"cannot be read as {encoding} ({error})", hint) from error
    if (nul := text.find("\0")) >= 0:
        raise file_error(path, text.count("\n", 0, nul) + 1, _NUL, f"Is it {encoding}? --encoding says otherwise.")
    return _with_line_feeds(text.removeprefix("\ufeff"))


def refuse_spreadsheet(path: Path, data: bytes) -> None:
    """Check that a file, of which these bytes are the first, is no spreadsheet or archive.

    Raises:
        DataError: it is.
    """
    if data.startswith(_SPREADSHEETS):
        raise file_error(path, None, "a spreadsheet or an archive, whatever it is called", SPREADSHEET_HINT)


def split_lines(text: str) -> Iterator[tuple[int, str]]:
    r"""Give each line with its number, counted from 1; only ``\n`` and ``\r\n`` end a line."""
    # str.splitlines would also split at U+2028, \x0b, \x85 and others, which are characters of a sentence.
    for number, line in enumerate(text.split("\n"), start=1):
        yield number, line.removesuffix("\r")


def blank_lines(text: str) -> tuple[int, ...]:
    """Return the numbers of the lines with nothing in them, but for those at the end."""
    return tuple(number for number, line in split_lines(text.rstrip()) if not line.strip())


_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_NUL = "a NUL byte, which no text file holds"


def _utf_8(path: Path, data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise file_error(path, 1, "UTF-16 text, not UTF-8", "Save the file as UTF-8.")
    if (nul := data.find(b"\0")) >= 0:
        hint = "If it is text of two bytes a character: --encoding utf-16-le. If it is UTF-8, take the NUL out."
        raise file_error(path, _line_of(data, nul), _NUL, hint)
    try:
        return _with_line_feeds(data.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError as error:
        line = _line_of(error.object, error.start)  # the mark that was taken off holds no line end
        hint = (
            "Name the encoding it was saved in with --encoding: cp1252 (Western Europe), cp1250, cp1251 (Cyrillic), "
            "shift_jis, gb18030, ...; or save it as UTF-8 where it was made."
        )
        raise file_error(path, line, f"byte 0x{error.object[error.start]:02x} is not UTF-8", hint) from error


def _with_line_feeds(text: str) -> str:
    r"""Turn the line ends of old Macs, ``\r`` alone, into those of all others."""
    return text if "\n" in text else text.replace("\r", "\n")


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
