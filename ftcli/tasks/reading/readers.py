"""Reading .csv, .tsv and .jsonl files into columns of text, each row with its line number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ftcli.tasks.reading.delimited import read_records, split_quoted, split_unquoted
from ftcli.tasks.reading.jsonl import read_objects
from ftcli.tasks.reading.lines import read_text
from ftcli.tasks.reading.table import Table, file_error

Quoting = Literal["auto", "rfc4180", "none"]

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


def read_table(
    path: Path,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    quoting: Quoting = "auto",
    header: Sequence[str] | None = None,
) -> Table:
    """Read columns of a file whose extension says its format.

    Args:
        path: a .csv file (RFC 4180), a .tsv file (unquoted) or a .jsonl file (one object a line), in UTF-8.
        required: columns that must be there; case and surrounding white space of the names don't matter.
        optional: columns that are left out of the result where the file lacks them.
        quoting: how fields of a .csv or .tsv file are quoted, if not as its extension says.
        header: names of the columns of a .csv or .tsv file that has no header.

    Raises:
        DataError: the file is missing, not UTF-8, empty or malformed, or lacks a required column. The message
            starts with the path and, where there is one, the line.
    """
    text = read_text(path)
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        return read_objects(path, text, required, optional)
    if suffix not in _DELIMITERS:
        hint = "Give a file in one of these formats, named so: .csv, .tsv, .jsonl"
        raise file_error(path, None, f"unknown extension '{path.suffix}'", hint)
    delimiter = _DELIMITERS[suffix]
    quoted = quoting == "rfc4180" or (quoting == "auto" and suffix == ".csv")
    records = split_quoted(path, text, delimiter) if quoted else split_unquoted(text, delimiter)
    return read_records(path, records, required, optional, header)
