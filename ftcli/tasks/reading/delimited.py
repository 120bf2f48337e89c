"""Rows of text with separators, quoted by RFC 4180 or not quoted at all."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ftcli.errors import DataError
from ftcli.tasks.reading.columns import duplicates, listing, match_column, missing_column, positions
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.lines import split_lines
from ftcli.tasks.reading.table import Table, some_lines
from ftcli.wording import counted

Record = tuple[int, list[str]]

_LARGEST_FIELD = 2**31 - 1  # the csv module's own limit is 128 KiB; more than this is no C long on Windows
_RULE = (
    "A field that holds a quote, a separator or a line break stands between quotes, and quotes inside it are doubled"
)
_QUOTED_HINT = f"{_RULE} (RFC 4180). If this file does not quote: --quoting none"
_BACKSLASH_HINT = f'{_RULE} (RFC 4180). Here backslashes stand before quotes: write "" in the place of \\".'
_UNQUOTED_HINT = f"{_RULE}; this file is read without quotes, and --quoting rfc4180 reads it with them."


def split_quoted(path: Path, text: str, delimiter: str) -> Iterator[Record]:
    """Give the line that each row starts on and its fields by RFC 4180; a blank line has no fields.

    Raises:
        DataError: quotes are out of place.
    """
    hint = _BACKSLASH_HINT if '\\"' in text else _QUOTED_HINT
    return quoted_records(path, text.split("\n"), delimiter, largest_field=_LARGEST_FIELD, hint=hint)


def quoted_records(
    path: Path, lines: Iterable[str], delimiter: str, *, largest_field: int, hint: str
) -> Iterator[Record]:
    """Give the records of lines without their ends, taken as they are needed, as `split_quoted` does.

    Raises:
        DataError: quotes are out of place, or a field is larger than any.
    """
    csv.field_size_limit(largest_field)
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            yield start, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise file_error(path, start, f"malformed row ({error})", hint) from error


def split_unquoted(text: str, delimiter: str) -> Iterator[Record]:
    """Give each line and its fields; a quote is a character like any other, a blank line has no fields."""
    for number, line in split_lines(text):
        yield number, line.split(delimiter) if line else []


def records_of(path: Path, text: str, form: Form) -> Iterator[Record]:
    """Give the line that each row starts on, and its fields, cut as the form says.

    Raises:
        DataError: quotes are out of place.
    """
    return split_quoted(path, text, form.delimiter) if form.is_quoted else split_unquoted(text, form.delimiter)


def read_records(  # noqa: PLR0913 - the last is for the words of an error
    path: Path,
    records: Iterator[Record],
    required: Sequence[str],
    optional: Sequence[str],
    header: Sequence[str] | None,
    *,
    quoted: bool,
) -> Table:
    """Gather the wanted columns of the records, the first of which is the header where none is given.

    Records with nothing in any field are skipped.

    Raises:
        DataError: there is no row, a row has more or fewer fields than the header, or a column is missing.
    """
    blank: list[Record] = []
    records = filled(records, blank)
    names = list(header) if header is not None else _read_header(path, records)
    above = len(blank) if header is None else 0  # the header: no rows
    places = _places(path, names, required, optional)
    columns: dict[str, list[str]] = {name: [] for name in places}
    lines: list[int] = []
    malformed: list[Record] = []
    for line, fields in records:
        if len(fields) != len(names):
            malformed.append((line, fields))
            continue
        lines.append(line)
        for name, place in places.items():
            columns[name].append(fields[place])
    if malformed:
        there = f"{'the header has' if header is None else 'there must be'} {len(names)}"
        hint = _QUOTED_HINT if quoted else _UNQUOTED_HINT
        if header is None and not lines and {len(fields) for _, fields in malformed} == {len(names) + 1}:
            hint = (
                "All rows have one field more. If it is a column, name it in the header; if it is what stands after a "
                "separator at the end of each row, take that off; if a text has separators, put it into quotes."
            )
        raise file_error(path, malformed[0][0], _wrong(malformed, there), hint)
    if not lines:
        message = "the file is empty" if header is not None else "a header, but no rows"
        raise file_error(path, 1, message, "Add at least one row.")
    # A line without a separator is the end of the file, where no row follows it.
    skipped = tuple(line for line, fields in blank[above:] if fields or line < lines[-1])
    return Table(path, columns, lines, blank=skipped)


def read_all(path: Path, records: Iterator[Record], *, header: bool, quoted: bool) -> Table:
    """Gather all columns of the records, the first of which is the header, if there is one.

    Raises:
        DataError: as `read_records`.
    """
    gathered = list(records)
    names = _read_header(path, filled(gathered)) if header else by_position(path, filled(gathered))
    return read_records(path, iter(gathered), [], names, None if header else names, quoted=quoted)


def by_position(path: Path, records: Iterable[Record]) -> list[str]:
    """Name the columns of records without a header.

    Raises:
        DataError: there is none.
    """
    _, first = next(filled(records), (0, []))
    if not first:
        raise file_error(path, 1, "the file is empty", "Add at least one row.")
    return positions(len(first))


def filled(records: Iterable[Record], blank: list[Record] | None = None) -> Iterator[Record]:
    """Pass on the records with something in a field; the others go into ``blank``."""
    for record in records:
        if any(field.strip() for field in record[1]):
            yield record
        elif blank is not None:
            blank.append(record)


def without_header(path: Path) -> DataError:
    """Make the error for a file with nothing in it that is to begin with a header."""
    return file_error(path, 1, "the file is empty", "The first line names the columns.")


def _read_header(path: Path, records: Iterator[Record]) -> list[str]:
    line, names = next(records, (0, []))
    if line == 0:
        raise without_header(path)
    if names[0].startswith("sep=") and len(names) <= 2:
        raise file_error(path, line, "a line for Excel in the place of the header", "Take the line with 'sep=' out.")
    if twice := duplicates(names):
        hint = "Rename one of them; if the line is a row: --no-header."
        raise file_error(path, line, f"more than one column named {listing(twice)}", hint)
    return names


def _places(path: Path, names: list[str], required: Sequence[str], optional: Sequence[str]) -> dict[str, int]:
    places = {}
    for wanted in [*required, *optional]:
        name = match_column(wanted, names)
        if name is not None:
            places[wanted] = names.index(name)
        elif wanted in required:
            raise missing_column(f"{path}:1", wanted, names)
    return places


def _wrong(malformed: Sequence[Record], there: str) -> str:
    """Say what is wrong with the first row, and on which lines more of its kind are."""
    fields = len(malformed[0][1])
    others = [line for line, _ in malformed[1:]]
    more = f"; {counted(len(others), 'more malformed row', 'more malformed rows')} ({some_lines(others)})"
    return f"malformed row: {counted(fields, 'field', 'fields')}, but {there}{more if others else ''}"
