"""The texts to predict, read from a stream row by row, and gathered in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

from ftcli.errors import FtcliError
from ftcli.prediction.lines import Line, read_lines
from ftcli.prediction.objects import parse_object, text_of
from ftcli.tasks.dataset import Examples
from ftcli.tasks.reading.columns import duplicates, listing, match_column, missing_column_hint
from ftcli.tasks.reading.delimited import quoted_records
from ftcli.tasks.reading.table import file_error

_USUAL = {"csv": ",", "tsv": "\t"}
_OTHERS = (";", "\t", "|", ",")
_LARGEST_FIELD = 2**24
_QUOTED_HINT = "A field with a quote, a separator or a line break stands between quotes, quotes in it doubled."


class Row(NamedTuple):
    """The one or two texts of an example, and the line that it starts on."""

    line: int
    texts: Sequence[str]


@dataclass(frozen=True)
class RowReader:
    """Reads the columns with text; the others are passed over.

    ``columns`` names one, or two for pairs. ``format`` is txt, csv, tsv or jsonl; ``quoted`` and ``header`` are for
    csv and tsv, as is ``delimiter``: where it is not given it is the one under which the first line has the columns.
    Each line is in the first of the ``encodings`` that goes. ``path`` is what the stream is called in messages.
    """

    path: Path
    columns: Sequence[str]
    format: str
    quoted: bool = False
    header: bool = True
    delimiter: str | None = None
    encodings: Sequence[str] = ("utf-8",)

    def read(self, stream: IO[bytes]) -> Iterator[Row]:
        """Yield the rows of a stream.

        Raises:
            DataError: a row is malformed, lacks a column, or has an empty text; the message names its line.
        """
        lines = read_lines(stream, self.path, self.encodings)
        for row in self._objects(lines) if self.format == "jsonl" else self._records(lines):
            for name, text in zip(self.columns, row.texts, strict=True):
                if not text.strip():
                    what = "the text is empty" if self.format == "txt" else f"column '{name}' is empty"
                    raise file_error(self.path, row.line, what, "Give the row a text, or take it out.")
            yield row

    def _objects(self, lines: Iterator[Line]) -> Iterator[Row]:
        for number, text in lines:
            if not text.strip():
                continue
            row = parse_object(self.path, number, text)
            names = [self._found(wanted, list(row), number) for wanted in self.columns]
            yield Row(number, [text_of(self.path, number, name, row[name]) for name in names])

    def _records(self, lines: Iterator[Line]) -> Iterator[Row]:
        records = _up_to_trailing_blanks(self._split(lines))
        places: Sequence[int] = range(len(self.columns))
        width = len(places)
        if self.header and self.format != "txt":
            number, names = next(records, Row(1, []))
            if twice := duplicates(names):
                raise file_error(self.path, number, f"more than one column named {listing(twice)}", "Rename one.")
            places = [names.index(self._found(wanted, names, number)) for wanted in self.columns]
            width = len(names)
        for number, fields in records:
            if len(fields) < width or (self.header and len(fields) > width):
                raise self._wrong_count(number, len(fields), width)
            yield Row(number, [fields[place] for place in places])

    def _split(self, lines: Iterator[Line]) -> Iterator[Row]:
        """Yield the fields of each record; none for a blank line."""
        first = next(lines, None)
        if first is None:
            return
        lines = chain([first], lines)
        if self.format == "txt":
            yield from (
                Row(number, [text] if (text := line.removesuffix("\r")).strip() else []) for number, line in lines
            )
            return
        delimiter = self.delimiter or self._fitting(first.text)
        if self.quoted:
            yield from self._quoted(lines, delimiter)
            return
        for number, line in lines:
            text = line.removesuffix("\r")
            yield Row(number, text.split(delimiter) if text.strip() else [])

    def _fitting(self, header: str) -> str:
        """Return the delimiter under which a header has the columns, or else the usual one."""
        usual = _USUAL[self.format]
        for mark in (usual, *_OTHERS) if self.header else ():
            names = [name.strip().strip('"') for name in header.split(mark)]
            if all(match_column(wanted, names) for wanted in self.columns):
                return mark
        return usual

    def _quoted(self, lines: Iterable[Line], delimiter: str) -> Iterator[Row]:
        texts = (text for _, text in lines)
        records = quoted_records(self.path, texts, delimiter, largest_field=_LARGEST_FIELD, hint=_QUOTED_HINT)
        return (Row(*record) for record in records)

    def _found(self, wanted: str, names: Sequence[str], line: int) -> str:
        name = match_column(wanted, names)
        if name is None:
            raise file_error(self.path, line, f"no column '{wanted}'", missing_column_hint(wanted, names))
        return name

    def _wrong_count(self, line: int, found: int, width: int) -> FtcliError:
        if found == 0:
            return file_error(self.path, line, "a blank line between the rows", "Take it out.")
        there = "the header has" if self.header else "there must be"
        message = f"malformed row: {found} field{'s' * (found != 1)}, but {there} {width}"
        return file_error(self.path, line, message, "See --format, --quoting and --no-header.")


def in_chunks(rows: Iterator[Row], size: int, path: Path) -> Iterator[Examples]:
    """Yield so many rows at a time as examples, numbered through; what precedes a malformed row comes before its error.

    Raises:
        DataError: whatever reading a row raises.
    """
    start, more, failure = 0, True, None
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
            yield _examples(chunk, start, path)
        start += len(chunk)
    if failure is not None:
        raise failure


def _examples(chunk: Sequence[Row], start: int, path: Path) -> Examples:
    return Examples(
        ids=[str(start + place) for place in range(len(chunk))],
        texts=[row.texts[0] for row in chunk],
        pairs=[row.texts[1] for row in chunk] if len(chunk[0].texts) == 2 else None,
        labels=None,
        path=path,
        lines=[row.line for row in chunk],
    )


def _up_to_trailing_blanks(records: Iterable[Row]) -> Iterator[Row]:
    """Pass the records on, but blank lines only where something follows them."""
    blank: Row | None = None
    for record in records:
        if not record.texts:
            blank = blank or record
            continue
        if blank is not None:
            yield blank
            blank = None
        yield record
