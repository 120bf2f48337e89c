"""Reading a file of any known format into columns of text, each row with its line number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ftcli.tasks.reading import arrow
from ftcli.tasks.reading.delimited import by_position, read_all, read_records, records_of
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.guess import completed
from ftcli.tasks.reading.lines import blank_lines, decoded, read_bytes, split_lines
from ftcli.tasks.reading.objects import Object, flat_names, gather, parse_json, parse_lines
from ftcli.tasks.reading.table import Table

_LINES_HINT = (
    "Labels need a file with columns, whose first line names them: text, a tab and label, for instance; name its form "
    "with --format and --delimiter."
)


def read_table(  # noqa: PLR0913 - path and columns say what is read
    path: Path,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    header: Sequence[str] | None = None,
    form: Form | None = None,
    joined: Mapping[str, str] | None = None,
) -> Table:
    """Read columns of a file.

    Args:
        path: the file, or ``-`` for standard input; compressed or not.
        required: columns that must be there; case and surrounding white space of the names don't matter.
        optional: columns that are left out of the result where the file lacks them.
        header: names of the columns of a file with fields that has no header, where they have any.
        form: how to read it, if not as the file's name says.
        joined: columns that may hold lists, each with what is put between their texts.

    Raises:
        DataError: the file is missing, damaged, empty or malformed, or lacks a required column. The message starts
            with the path and, where there is one, the line.
    """
    form = (form or Form()).with_format(path)
    if form.is_binary:
        return replace(arrow.read_columns(path, form, required, optional, joined), form=form)
    text, form = _text(path, form, [] if header else required)
    if form.is_delimited:
        if header is None and form.header is False:
            header = by_position(path, records_of(path, text, form))
        table = read_records(path, records_of(path, text, form), required, optional, header, quoted=form.is_quoted)
    elif form.format == "txt":
        table = _read_lines(path, text, required)
    else:
        gathered = gather(path, _objects(path, text, form), required, optional, joined)
        table = replace(gathered, blank=_blank(text, form))
    return replace(table, form=form)


def look(path: Path, form: Form, wanted: Sequence[str] = (), separator: str = "|") -> tuple[Table, Form]:
    """Read all columns that hold text, numbers or lists of them, and say in which form the file turned out to be.

    The wanted columns are those that a wrong delimiter would hide; the separator joins lists.

    Raises:
        DataError: the file is missing, damaged, empty or malformed.
    """
    form = form.with_format(path)
    if form.is_binary:
        flat, lists = arrow.flat_columns(path, form)
        table = arrow.read_columns(path, form, [], [*flat, *lists], dict.fromkeys(lists, separator))
        return replace(table, lists=frozenset(lists)), form
    text, form = _text(path, form, wanted)
    if form.is_delimited:
        records = records_of(path, text, form)
        return read_all(path, records, header=form.header is not False, quoted=form.is_quoted), form
    if form.format == "txt":
        return _read_lines(path, text, ["text"]), form
    objects = _objects(path, text, form)
    flat, lists = flat_names(objects)
    table = gather(path, objects, [], [*flat, *lists], dict.fromkeys(lists, separator))
    return replace(table, lists=frozenset(lists), blank=_blank(text, form)), form


def _text(path: Path, form: Form, wanted: Sequence[str]) -> tuple[str, Form]:
    data = read_bytes(path)
    form = completed(path, data, form, wanted)
    return decoded(path, data, form.encoding), form


def _objects(path: Path, text: str, form: Form) -> list[Object]:
    return parse_json(path, text) if form.format == "json" else parse_lines(path, text)


def _blank(text: str, form: Form) -> tuple[int, ...]:
    """Return the lines with nothing in them, where a line is an object."""
    return blank_lines(text) if form.format == "jsonl" else ()


def _read_lines(path: Path, text: str, required: Sequence[str]) -> Table:
    """Read one text a line, whatever the column of texts is called."""
    if len(required) != 1:
        raise file_error(path, None, "one text a line, so that there is no column for anything else", _LINES_HINT)
    if not text.strip():
        raise file_error(path, 1, "the file is empty", "Add at least one line.")
    lines = [(number, line) for number, line in split_lines(text) if line.strip()]
    return Table(
        path, {required[0]: [line for _, line in lines]}, [number for number, _ in lines], blank=blank_lines(text)
    )
