"""The lines of a stream, one at a time: no more of it is held than the line at hand."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ftcli.tasks.reading.table import file_error

_LONGEST = 2**24
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """A line without its end, and its number, counted from 1."""

    number: int
    text: str


def read_lines(stream: IO[bytes], path: Path) -> Iterator[Line]:
    r"""Yield the lines of UTF-8 text, with or without byte order mark; only ``\n`` ends one.

    Args:
        stream: what is read.
        path: what it is called in messages.

    Raises:
        DataError: a line is not UTF-8, holds a NUL, or is longer than any text.
    """
    number = 0
    while data := stream.readline(_LONGEST + 1):
        number += 1
        if number == 1:
            if data.startswith(_UTF_16):
                raise file_error(path, 1, "UTF-16 text, not UTF-8", "Save it as UTF-8.")
            data = data.removeprefix(codecs.BOM_UTF8)
        if len(data) > _LONGEST:
            raise file_error(path, number, f"a line of more than {_LONGEST:,} bytes", "Is it text, with line ends?")
        yield Line(number, _decoded(data, path, number).removesuffix("\n"))


def _decoded(data: bytes, path: Path, number: int) -> str:
    if b"\0" in data:
        raise file_error(path, number, "a NUL byte, which no text holds", "Take it out, or save the text as UTF-8.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        hint = "Save it as UTF-8, for instance with: iconv -f WINDOWS-1252 -t UTF-8"
        raise file_error(path, number, f"byte 0x{data[error.start]:02x} is not UTF-8", hint) from error
