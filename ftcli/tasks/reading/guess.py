"""Guessing the form of a text file from what it holds: its encoding, and what separates its fields."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ftcli.errors import DataError
from ftcli.tasks.reading.columns import match_column
from ftcli.tasks.reading.delimited import filled, records_of, split_quoted, split_unquoted
from ftcli.tasks.reading.form import AUTO, DELIMITERS, Form
from ftcli.tasks.reading.lines import decoded

_MARKS = (  # the mark of UTF-32 starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_IN_WINDOWS_TEXT = bytes({0x81, 0x8D, 0x8F, 0x90, 0x9D, 0x7F, *range(9), *range(0x0E, 0x20)})
_ASCII = bytes(range(0x80))
_LOOKED_AT = 1000
_IN_QUOTES = re.compile(r'"[^"]*"')
_DOUBLED = re.compile(r'"([^"]*"")+[^"]*"')


def completed(path: Path, data: bytes, form: Form, wanted: Sequence[str] = ()) -> Form:
    """Fill in what the form of a text leaves open by what the file holds, or, where it is not guessed, by its name.

    Args:
        path: the file.
        data: what it holds.
        form: what is known.
        wanted: columns that the file should have, which a wrong delimiter would hide.

    Raises:
        DataError: the file's name tells no format, or it can't be decoded.
    """
    if not form.guessed:
        return form.by_name(path)
    form = form.with_format(path)
    if form.encoding == AUTO:
        form = replace(form, encoding=guess_encoding(data, form.otherwise))
    if form.format != "txt" and not form.is_delimited:
        return form
    text = decoded(path, data, form.encoding)
    if form.format == "txt":
        form = _table_in_text(path, text, form, wanted)
    elif form.delimiter == AUTO:
        form = replace(form, delimiter=guess_delimiter(path, text, form, wanted))
    if form.is_delimited and not form.is_quoted and form.quoting == AUTO and _stands_in_quotes(path, text, form):
        form = replace(form, quoting="rfc4180")
    return form


def guess_encoding(data: bytes, otherwise: str = "cp1252") -> str:
    """Return utf-8, utf-16 or utf-32, where a mark or the bytes tell it, else ``otherwise``.

    What does not look like Windows-1252, the usual other one, stays ``utf-8``: reading it fails, and says where.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-8" if otherwise == "cp1252" and _is_damaged(data) else otherwise
    return "utf-8"


def guess_delimiter(path: Path, text: str, form: Form, wanted: Sequence[str] = ()) -> str:
    """Return what separates the fields of a text, by its header first, then by how many rows have as many fields.

    What goes with the format, a comma or a tab, wins where nothing speaks for another.
    """
    usual = form.by_name(path).delimiter
    found = {mark: _fit(path, text, replace(form, delimiter=mark), wanted) for mark in [usual, *DELIMITERS]}
    return max(found, key=lambda mark: found[mark])


def _fit(path: Path, text: str, form: Form, wanted: Sequence[str]) -> tuple[bool, bool, float]:
    """Say how well a delimiter fits: it separates, the wanted columns are there, share of rows like the header."""
    counts: list[int] = []
    names: list[str] = []
    try:
        for _, fields in islice(filled(records_of(path, text, form)), _LOOKED_AT):
            names = names or fields
            counts.append(len(fields))
    except DataError:
        counts.append(-1)  # quotes out of place: reading says where, if no other delimiter fits better
    rows = counts[1:] or [len(names)]
    there = all(match_column(name, names) for name in wanted)
    return len(names) > 1, there, sum(count == len(names) for count in rows) / len(rows)


def _stands_in_quotes(path: Path, text: str, form: Form) -> bool:
    """Whether fields between tabs stand between quotes: all of the header's do, or quotes inside of some are doubled.

    A text that is a quotation from end to end does not tell, nor one whose quotes don't come out even.
    """
    rows = [fields for _, fields in islice(filled(split_unquoted(text, form.delimiter)), _LOOKED_AT)]
    header_does = bool(rows) and all(_IN_QUOTES.fullmatch(field) for field in rows[0])
    if not header_does and not any(_DOUBLED.fullmatch(field) for fields in rows for field in fields):
        return False
    try:
        counts = {len(fields) for _, fields in filled(split_quoted(path, text, form.delimiter))}
    except DataError:
        return False
    return len(counts) == 1


def _table_in_text(path: Path, text: str, form: Form, wanted: Sequence[str]) -> Form:
    """Return the form of a .txt file that is a table in truth: all rows have as many fields as the header."""
    table = replace(form, format="tsv")
    if table.delimiter == AUTO:
        table = replace(table, delimiter=guess_delimiter(path, text, table, wanted))
    separates, there, share = _fit(path, text, table, wanted)
    return table if separates and there and share == 1 else form


def _is_damaged(data: bytes) -> bool:
    """Whether bytes that are not UTF-8 are no text of Western Europe either.

    They hold what such text does not, or more than a third of letters with accents, or were meant to be UTF-8: most
    of what is not ASCII is.
    """
    if len(data.translate(None, _NOT_IN_WINDOWS_TEXT)) < len(data):
        return True
    if 3 * len(data.translate(None, _ASCII)) > len(data.translate(None, b" \t\r\n")):
        return True
    text = data.decode("utf-8", errors="replace")
    return len(re.findall(r"[^\x00-\x7f\ufffd]", text)) >= text.count("\ufffd")
