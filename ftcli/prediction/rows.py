"""The texts to predict, read from a stream row by row, and gathered in chunks."""

from __future__ import annotations

import re
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


class Row(NamedTuple):
    """The one or two texts of an example, both empty where the row is blank, and the line that it starts on."""

    line: int
    texts: Sequence[str]


@dataclass(frozen=True)
class RowReader:
    """Reads the columns with text; the others are passed over.

    ``columns`` names one, or two for pairs. ``format`` is txt, csv, tsv or jsonl; ``quoted`` and ``header`` are for
    csv and tsv, as is ``delimiter``: where it is not given it is the one under which the first line has the columns.
    Without ``header`` columns are called by their positions, from 1.
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
        """Yield the rows of a stream; those with nothing in any field are blank, and left out at the end.

        Raises:
            DataError: a row is malformed, lacks a column, or has an empty text; the message names its line.
        """
        lines = read_lines(stream, self.path, self.encodings)
        for row in _up_to_trailing_blanks(self._objects(lines) if self.format == "jsonl" else self._records(lines)):
            check_texts(self.path, row.line, self.columns, row.texts)
            yield row if row.texts else Row(row.line, [""] * len(self.columns))

    def _objects(self, lines: Iterator[Line]) -> Iterator[Row]:
        for number, text in lines:
            if not text.strip():
                yield Row(number, [])
                continue
            row = parse_object(self.path, number, text)
            names = [self._found(wanted, list(row), number) for wanted in self.columns]
            yield Row(number, [text_of(self.path, number, name, row[name]) for name in names])

    def _records(self, lines: Iterator[Line]) -> Iterator[Row]:
        records = self._split(lines)
        if self.format == "txt":
            places, width = [0], 1
        elif self.header:
            places, width = self._places_in(next((record for record in records if record.texts), Row(1, [])))
        else:
            places = [self._place(wanted) for wanted in self.columns]
            width = max(places) + 1
        for number, fields in records:
            if not fields:
                yield Row(number, [])
                continue
            if len(fields) < width or (self.header and len(fields) > width):
                raise self._wrong_count(number, len(fields), width)
            yield Row(number, [fields[place] for place in places])

    def _places_in(self, header: Row) -> tuple[list[int], int]:
        """Return which columns of a header are those with text, and how many there are."""
        number, names = header
        if twice := duplicates(names):
            raise file_error(self.path, number, f"more than one column named {listing(twice)}", "Rename one.")
        return [names.index(self._found(wanted, names, number)) for wanted in self.columns], len(names)

    def _place(self, position: str) -> int:
        if not re.fullmatch("[1-9][0-9]{0,5}", position):
            hint = "Without a header columns are called by their positions: 1, 2 and so on; see --header."
            raise file_error(self.path, 1, f"no column '{position}'", hint)
        return int(position) - 1

    def _split(self, lines: Iterator[Line]) -> Iterator[Row]:
        """Yield the fields of each record; none where there is nothing in any."""
        if self.format == "txt":
            records: Iterator[Row] = (Row(number, [line.removesuffix("\r")]) for number, line in lines)
        else:
            start = _up_to_text(lines)
            delimiter = self.delimiter or self._fitting(start[-1].text if start else "")
            lines = chain(start, lines)
            records = self._quoted(lines, delimiter) if self.quoted else _unquoted(lines, delimiter)
        for number, fields in records:
            yield Row(number, fields if any(field.strip() for field in fields) else [])

    def _fitting(self, header: str) -> str:
        """Return the delimiter under which a header has the columns, or else the usual one."""
        usual = _USUAL[self.format]
        for mark in (usual, *_OTHERS) if self.header else ():
            names = [name.strip().strip('"') for name in header.split(mark)]
            if all(match_column(wanted, names) for wanted in self.columns):
                return mark
        return usual

    def _quoted(self, lines: Iterable[Line], delimiter: str) -> Iterator[Row]:
        texts, hint = (text for _, text in lines), self._quoting_hint()
        records = quoted_records(self.path, texts, delimiter, largest_field=_LARGEST_FIELD, hint=hint)
        return (Row(*record) for record in records)

    def _quoting_hint(self) -> str:
        read = "" if self.quoted else ", and --quoting rfc4180 reads the file so"
        header = " If the first line is a row: --no-header." if self.header else ""
        return (
            "A text with the delimiter, a quote or a line break in it stands between quotes, and its quotes are doubled"
            f"{read}. Or give the texts as JSON objects, one a line (--format jsonl).{header}"
        )

    def _found(self, wanted: str, names: Sequence[str], line: int) -> str:
        name = match_column(wanted, names)
        if name is None:
            raise file_error(self.path, line, f"no column '{wanted}'", missing_column_hint(wanted, names))
        return name

    def _wrong_count(self, line: int, found: int, width: int) -> FtcliError:
        there = "the header has" if self.header else "there must be"
        message = f"malformed row: {found} field{'s' * (found != 1)}, but {there} {width}"
        return file_error(self.path, line, message, self._quoting_hint())


def check_texts(path: Path, line: int, columns: Sequence[str], texts: Sequence[str]) -> None:
    """Check that no text of a row is empty; that there is none means that the row is blank.

    Raises:
        DataError: one is.
    """
    for name, text in zip(columns, texts, strict=False):
        if not text.strip():
            raise file_error(path, line, f"column '{name}' is empty", "Give the row a text, or take it out.")


def _up_to_text(lines: Iterator[Line]) -> list[Line]:
    """Take the lines up to the first that holds something."""
    taken = []
    for line in lines:
        taken.append(line)
        if line.text.strip():
            break
    return taken


def _unquoted(lines: Iterable[Line], delimiter: str) -> Iterator[Row]:
    return (Row(number, line.removesuffix("\r").split(delimiter)) for number, line in lines)


def in_chunks(rows: Iterator[Row], size: int, path: Path) -> Iterator[Examples]:
    """Yield so many rows at a time as examples, numbered through; what precedes a malformed row comes before its error.

    A blank row is among them, with an empty text, and its line is in ``blank``.

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
        blank=[row.line for row in chunk if not any(row.texts)],
    )


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
