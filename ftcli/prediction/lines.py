"""The lines of a stream, one at a time: no more of it is held than the line at hand."""

from __future__ import annotations

import codecs
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import AUTO
from ftcli.tasks.reading.guess import guess_encoding
from ftcli.tasks.reading.lines import refuse_spreadsheet

_LONGEST = 2**24
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Line(NamedTuple):
    """A line without its end, and its number, counted from 1."""

    number: int
    text: str


@dataclass
class Decoder:
    """Turns the lines of a stream into text: those that are not UTF-8 are read as what the first of them seems to be.

    Attributes:
        path: what the stream is called in messages.
        told: the encoding, where it is told; ``auto``: UTF-8, and what is none may be ``otherwise``.
        otherwise: an encoding in which lines can be told apart.
        recoded: how many lines were not UTF-8.
        first_recoded: the first of them; None so far.
    """

    path: Path
    told: str = AUTO
    otherwise: str = "cp1252"
    recoded: int = 0
    first_recoded: int | None = None

    def decode(self, line: int, data: bytes) -> str:
        """Return the text of a line.

        Raises:
            DataError: it is encoded otherwise, or holds a NUL.
        """
        if b"\0" in data:
            raise file_error(self.path, line, "a NUL byte, which no text holds", "Take it out, or save it as UTF-8.")
        if self.told == AUTO:
            try:
                return data.decode()
            except UnicodeDecodeError:
                pass
        encoding = self._other_encoding(line, data) if self.told == AUTO else self.told
        try:
            text = data.decode(encoding)
            text.encode()  # some codecs give half surrogate pairs, which no file can hold
        except UnicodeError as error:
            byte = f"byte 0x{data[error.start]:02x} " if isinstance(error, UnicodeDecodeError) else ""
            message = f"{byte}is not {encoding.upper()}"
            raise file_error(self.path, line, message, "Name the encoding, such as cp1252, with --encoding.") from error
        return text

    def _other_encoding(self, line: int, data: bytes) -> str:
        """Return what a line that is not UTF-8 is read as; UTF-8, so that it fails, where it seems to be damaged."""
        if self.first_recoded is None:
            if guess_encoding(data, self.otherwise) != self.otherwise:
                return "utf-8"
            self.first_recoded = line
        self.recoded += 1
        return self.otherwise


def read_lines(stream: IO[bytes], decoder: Decoder) -> Iterator[Line]:
    r"""Yield the lines of a text, with or without byte order mark; only ``\n`` ends one.

    Raises:
        DataError: a line can't be decoded, or is longer than any text; or damage shows.
    """
    number, path = 0, decoder.path
    while data := _following(stream, path, number + 1):
        number += 1
        if number == 1:
            refuse_spreadsheet(path, data)
            if data.startswith(UTF_16):
                raise file_error(path, 1, "UTF-16 text, not UTF-8", "Save it as UTF-8.")
            data = data.removeprefix(codecs.BOM_UTF8)
        if len(data) > _LONGEST:
            raise file_error(path, number, f"a line of more than {_LONGEST:,} bytes", "Is it text, with line ends?")
        yield Line(number, decoder.decode(number, data).removesuffix("\n"))


def _following(stream: IO[bytes], path: Path, number: int) -> bytes:
    try:
        return stream.readline(_LONGEST + 1)
    except _DAMAGE as error:
        raise file_error(path, number, f"can't be read on ({error})", "Is the compressed file whole?") from error
