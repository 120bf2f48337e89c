"""The lines of a stream, one at a time: no more of it is held than the line at hand."""

from __future__ import annotations

import codecs
import lzma
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from ftcli.tasks.reading.table import file_error

_LONGEST = 2**24
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """A line without its end, and its number, counted from 1."""

    number: int
    text: str


def read_lines(stream: IO[bytes], path: Path, encodings: Sequence[str] = ("utf-8",)) -> Iterator[Line]:
    r"""Yield the lines of a text, with or without byte order mark; only ``\n`` ends one.

    Args:
        stream: what is read.
        path: what it is called in messages.
        encodings: how a line may be encoded; the first that goes is taken.

    Raises:
        DataError: a line is encoded otherwise, holds a NUL, or is longer than any text; or damage shows.
    """
    number = 0
    while data := _following(stream, path, number + 1):
        number += 1
        if number == 1:
            if data.startswith(UTF_16):
                raise file_error(path, 1, "UTF-16 text, not UTF-8", "Save it as UTF-8.")
            data = data.removeprefix(codecs.BOM_UTF8)
        if len(data) > _LONGEST:
            raise file_error(path, number, f"a line of more than {_LONGEST:,} bytes", "Is it text, with line ends?")
        yield Line(number, _decoded(data, path, number, encodings).removesuffix("\n"))


def _following(stream: IO[bytes], path: Path, number: int) -> bytes:
    try:
        return stream.readline(_LONGEST + 1)
    except _DAMAGE as error:
        raise file_error(path, number, f"can't be read on ({error})", "Is the compressed file whole?") from error


def _decoded(data: bytes, path: Path, number: int, encodings: Sequence[str]) -> str:
    if b"\0" in data:
        raise file_error(path, number, "a NUL byte, which no text holds", "Take it out, or save the text as UTF-8.")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            text.encode()  # some codecs give half surrogate pairs, which no file can hold
        except UnicodeError:
            continue
        return text
    message = f"is not {' or '.join(encoding.upper() for encoding in encodings)}"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02x} {message}"
    raise file_error(path, number, message, "Name the encoding, such as cp1252, with --encoding.")
