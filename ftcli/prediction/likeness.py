"""Noticing that what is taken for texts, one a line, is in truth something else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftcli.errors import FtcliError
from ftcli.prediction.lines import Line
from ftcli.tasks.header import refuse_names
from ftcli.tasks.reading.columns import match_column
from ftcli.tasks.reading.delimited import Record
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.roles import LABEL_NAMES, TEXT_NAMES, name_key

_FORMATS = {",": "csv", ";": "csv", "|": "csv", "\t": "tsv"}
_AS_TEXT = "if it is a text as it stands: --format txt."


def checked_texts(lines: Iterator[Line], path: Path, columns: Sequence[str]) -> Iterator[Line]:
    """Pass lines on, if the first that holds something is neither a JSON object nor names the columns.

    Raises:
        DataError: it is; the message says which format to name.
    """
    for line in lines:
        if line.text.strip():
            if other := _other_format(path, line, columns):
                raise other
            yield line
            break
        yield line
    yield from lines


def checked_records(records: Iterator[Record], path: Path) -> Iterator[Record]:
    """Pass the fields of records on, if the first are not names of columns.

    Raises:
        DataError: they are.
    """
    for number, fields in records:
        refuse_names(path, number, fields, "--text-column NAME")
        yield number, fields
        break
    yield from records


def header_names(line: str, mark: str) -> list[str]:
    """Return the names in a header whose fields are separated so."""
    return [name.strip().strip('"') for name in line.split(mark)]


def _other_format(path: Path, line: Line, columns: Sequence[str]) -> FtcliError | None:
    text = line.text.strip()
    if _is_json(text):
        hint = f"If each line is one: --format jsonl; if all are in one array, give it as a file .json; {_AS_TEXT}"
        return file_error(path, line.number, "a JSON object, and one text a line is read", hint)
    for mark, form in _FORMATS.items():
        names = header_names(text, mark)
        own = all(match_column(column, names) for column in columns)
        if own or _are_usual(names):
            what = f"the name of column '{columns[0]}'" if own else "names of columns"
            message = f"{what}, and one text a line is read, without a header"
            other = "" if own else " --text-column NAME"
            return file_error(path, line.number, message, f"If it heads a table: --format {form}{other}; {_AS_TEXT}")
    return None


def _are_usual(names: Sequence[str]) -> bool:
    """Whether one of these names is usual for texts, and another for labels."""
    keys = {name_key(name) for name in names}
    return bool(keys & set(TEXT_NAMES)) and bool(keys & set(LABEL_NAMES))


def _is_json(text: str) -> bool:
    """Whether a line is an object, or begins one or an array of them."""
    if text in ("[", "{"):
        return True
    try:
        found = json.loads(text.removeprefix("[").removesuffix("]").removesuffix(","))
    except ValueError:
        return text.startswith("[{")
    return isinstance(found, dict)
