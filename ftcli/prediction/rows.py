"""The texts to predict, read from a stream row by row, and gathered in chunks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

from ftcli.errors import FtcliError
from ftcli.prediction.ids import ANY_ID, Ids
from ftcli.prediction.likeness import checked_records, checked_texts, header_names
from ftcli.prediction.lines import Decoder, Line, read_lines
from ftcli.prediction.objects import id_of, parse_object, text_of
from ftcli.tasks.reading.columns import duplicates, listing, match_column, missing_column
from ftcli.tasks.reading.delimited import Record, quoted_records, without_header
from ftcli.tasks.reading.errors import file_error
from ftcli.wording import counted

_USUAL = {"csv": ",", "tsv": "\t"}
_OTHERS = (";", "\t", "|", ",")
_NONE = "\x1f"  # in no text
_LARGEST_FIELD = 2**24


def choosing(wanted: str, texts: Sequence[str]) -> str:
    """Say how another column is chosen in the place of this one: the first or second with texts, or that of ids."""
    option = dict(zip(texts, ("--text-column", "--pair-column"), strict=False)).get(wanted, "--id-column")
    return f"Choose with {option}."


class Row(NamedTuple):
    """The line that a row starts on, its one or two texts, both empty where it is blank, and what it is called."""

    line: int
    texts: Sequence[str]
    id: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there is something to answer: no text is empty."""
        return all(text.strip() for text in self.texts)


@dataclass(frozen=True)
class RowReader:
    """Reads the columns with text, and that of the rows' ids; the others are passed over.

    ``columns`` names one, or two for pairs. ``format`` is txt, csv, tsv or jsonl; ``quoted`` and ``header`` are for
    csv and tsv, as is ``delimiter``: where it is not given it is the one under which the first line has the columns, or
    that of the run's own files, ``likely``, if it is in a first line that is no header. Without ``header`` columns are
    called by their positions, from 1. ``decoder`` turns lines into text, and has the name of the stream in messages.
    Where the format, or that there is no header, is ``guessed``, what looks otherwise is refused.
    """

    decoder: Decoder
    columns: Sequence[str]
    format: str
    ids: Ids = ANY_ID
    quoted: bool = False
    header: bool = True
    delimiter: str | None = None
    likely: str | None = None
    guessed: bool = False

    @property
    def path(self) -> Path:
        """What the stream is called in messages."""
        return self.decoder.path

    def read(self, stream: IO[bytes]) -> Iterator[Row]:
        """Yield the rows of a stream; those with nothing in any field are blank, and left out at the end.

        Raises:
            DataError: a row is malformed, or lacks a column; the message names its line.
        """
        lines = read_lines(stream, self.decoder)
        if self.format == "txt" and self.guessed:
            lines = checked_texts(lines, self.path, self.columns)
        rows = self._objects(lines) if self.format == "jsonl" else self._records(lines)
        return with_ids(_up_to_trailing_blanks(rows), len(self.columns))

    def _objects(self, lines: Iterator[Line]) -> Iterator[Row]:
        for number, text in lines:
            if not text.strip():
                yield Row(number, [])
                continue
            row = parse_object(self.path, number, text)
            names = [self._found(wanted, list(row), number) for wanted in self.columns]
            texts = [text_of(self.path, number, name, row[name]) for name in names]
            yield Row(number, texts, self._id_of(row, number))

    def _records(self, lines: Iterator[Line]) -> Iterator[Row]:
        records = self._split(lines)
        if self.format == "txt":
            places, at, width = [0], None, 1
        elif self.header:
            header = next((record for record in records if record[1]), None)
            if header is None:
                raise without_header(self.path)
            places, at, width = self._places_in(header)
        else:
            if self.guessed:
                records = checked_records(records, self.path)
            places = [self._place(wanted) for wanted in self.columns]
            at = self._place(self.ids.column) if self.ids.required else None
            width = max(*places, at or 0) + 1
        for number, fields in records:
            if not fields:
                yield Row(number, [])
                continue
            if len(fields) < width or (self.header and len(fields) > width):
                raise self._wrong_count(number, len(fields), width)
            yield Row(number, [fields[place] for place in places], None if at is None else fields[at])

    def _places_in(self, header: Record) -> tuple[list[int], int | None, int]:
        """Return which columns of a header are those with text, which has the ids, and how many there are."""
        number, names = header
        if twice := duplicates(names):
            raise file_error(self.path, number, f"more than one column named {listing(twice)}", "Rename one.")
        texts = [names.index(self._found(wanted, names, number)) for wanted in self.columns]
        name = self._id_in(names, number)
        return texts, None if name is None else names.index(name), len(names)

    def _id_of(self, row: dict[str, Any], line: int) -> str | None:
        name = self._id_in(list(row), line)
        if name is None:
            return None
        return text_of(self.path, line, name, row[name]) if self.ids.required else id_of(row[name])

    def _id_in(self, names: Sequence[str], line: int) -> str | None:
        if self.ids.required:
            return self._found(self.ids.column, names, line)
        return self.ids.among(names, self.columns)

    def _place(self, position: str) -> int:
        if not re.fullmatch("[1-9][0-9]{0,5}", position):
            hint = "Without a header columns are called by their positions: 1, 2 and so on; see --header."
            raise file_error(self.path, 1, f"no column '{position}'", hint)
        return int(position) - 1

    def _split(self, lines: Iterator[Line]) -> Iterator[Record]:
        """Yield the fields of each record; none where there is nothing in any."""
        if self.format == "txt":
            records: Iterator[Record] = ((number, [line.removesuffix("\r")]) for number, line in lines)
        else:
            start = _up_to_text(lines)
            delimiter = self.delimiter or self._fitting(start[-1].text if start else "")
            lines = chain(start, lines)
            records = self._quoted(lines, delimiter) if self.quoted else _unquoted(lines, delimiter)
        for number, fields in records:
            yield number, fields if any(field.strip() for field in fields) else []

    def _fitting(self, header: str) -> str:
        """Return the delimiter under which a header has the columns, or else the likely or usual one.

        Where the text is all that it names, nothing separates fields.
        """
        usual = _USUAL[self.format]
        if not self.header:
            return self.likely if self.likely and self.likely in header else usual
        names = {mark: header_names(header, mark) for mark in (usual, *_OTHERS)}
        for mark, found in names.items():
            if all(match_column(wanted, found) for wanted in self.columns):
                return mark if len(found) > 1 else _NONE
        return max(names, key=lambda mark: len(names[mark]))  # so that the error shows what there is

    def _quoted(self, lines: Iterable[Line], delimiter: str) -> Iterator[Record]:
        texts, hint = (text for _, text in lines), self._quoting_hint()
        return quoted_records(self.path, texts, delimiter, largest_field=_LARGEST_FIELD, hint=hint)

    def _quoting_hint(self) -> str:
        read = "" if self.quoted else ", and --quoting rfc4180 reads the file so"
        header = " If the first line is a row: --no-header." if self.header else ""
        return (
            "A text with the delimiter, a quote or a line break in it stands between quotes, and its quotes are doubled"
            f"{read}; --delimiter names another one. Or give the texts as JSON objects, one a line (--format jsonl)."
            f"{header}"
        )

    def _found(self, wanted: str, names: Sequence[str], line: int) -> str:
        name = match_column(wanted, names)
        if name is None:
            raise missing_column(f"{self.path}:{line}", wanted, names).chosen_by(choosing(wanted, self.columns))
        return name

    def _wrong_count(self, line: int, found: int, width: int) -> FtcliError:
        there = "the header has" if self.header else "there must be"
        message = f"malformed row: {counted(found, 'field', 'fields')}, but {there} {width}"
        return file_error(self.path, line, message, self._quoting_hint())


def _up_to_text(lines: Iterator[Line]) -> list[Line]:
    """Take the lines up to the first that holds something."""
    taken = []
    for line in lines:
        taken.append(line)
        if line.text.strip():
            break
    return taken


def _unquoted(lines: Iterable[Line], delimiter: str) -> Iterator[Record]:
    return ((number, line.removesuffix("\r").split(delimiter)) for number, line in lines)


def with_ids(rows: Iterable[Row], columns: int) -> Iterator[Row]:
    """Number the rows, from 0, if the first that is not blank has no id; and give blank ones empty texts."""
    own: bool | None = None
    for number, row in enumerate(rows):
        if own is None and row.texts:
            own = row.id is not None
        yield Row(row.line, row.texts or [""] * columns, row.id if own else str(number))


def in_chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Yield so many rows at a time; what precedes a malformed row comes before its error.

    Raises:
        DataError: whatever reading a row raises.
    """
    more, failure = True, None
    while more:
        chunk: list[Row] = []
        try:
            while len(chunk) < size and more:
                row = next(rows, None)
                more = row is not None
                chunk += [row] if row is not None else []
        except FtcliError as error:
            more, failure = False, error
        if chunk:
            yield chunk
    if failure is not None:
        raise failure


def _up_to_trailing_blanks(rows: Iterable[Row]) -> Iterator[Row]:
    """Pass the rows on, but blank ones only where something follows them."""
    blank: list[Row] = []
    for row in rows:
        if not row.texts:
            blank.append(row)
            continue
        yield from blank
        blank.clear()
        yield row
