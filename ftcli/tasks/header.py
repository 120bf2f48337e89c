"""Whether the first line of a file with fields names its columns, or is a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ftcli.tasks.reading.columns import listing, match_column
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.table import Table
from ftcli.tasks.roles import LABEL_NAMES, NUMBER, TEXT_NAMES, Roles, holds_few_values, holds_text, name_key

_LONGEST_NAME = 5  # words


def first_line_is_row(table: Table, named: Sequence[str]) -> bool:
    """Guess whether what passes for the names of columns is a row: it looks as the rows below it do, and as no name.

    Args:
        table: all columns of the file, read as if the first line named them.
        named: columns that were asked for; a position is one where no column is called so.
    """
    names = [name.strip() for name in table.columns]
    if named:
        return all(name.isdecimal() for name in named) and not any(match_column(name, names) for name in named)
    values = [[value.strip() for value in column if value.strip()] for column in table.columns.values()]
    columns = list(zip(names, values, strict=True))
    usual = [name not in column for name, column in columns if name_key(name) in (*TEXT_NAMES, *LABEL_NAMES)]
    if len(usual) > 1 or any(usual) or _number_columns(names):
        return False
    signs = {_goes_on(name, column) for name, column in columns}
    return True in signs and False not in signs


def refuse_rows(table: Table, roles: Roles, *, told: bool) -> None:
    """Refuse a first line that is a row and would be lost, called as labels or texts are; and a second header.

    ``told``: whether the first line is known to name the columns.

    Raises:
        DataError: there is such a line.
    """
    texts, labels = _stripped(table, roles.text), _stripped(table, roles.label)
    label = roles.label.strip()
    if name_key(label) in LABEL_NAMES:
        for row, both in enumerate(zip(texts, labels, strict=True)):
            if both == (roles.text.strip(), label):
                raise table.error(row, "the header again, in the place of a row", hint="Take the line out.")
    elif not told and (label in labels or NUMBER.fullmatch(label) or _is_sentence(roles.text)):
        message = f"the first line seems to be a row, not the names of columns: {listing(table.columns)}"
        raise file_error(table.path, 1, message, "If it is a row: --no-header. If it names the columns: --header.")


def refuse_names(path: Path, line: int, fields: Sequence[str], options: str) -> None:
    """Refuse a first line that names columns, where the run's own files have rows alone; ``options`` choose columns.

    Raises:
        DataError: it does.
    """
    if any(name_key(field) in (*TEXT_NAMES, *LABEL_NAMES) for field in fields):
        message = "a header, as it seems, and the run's own files have none"
        hint = f"If it is one: --header {options}; if it is a row like the others: --no-header."
        raise file_error(path, line, message, hint)


def _goes_on(name: str, values: Sequence[str]) -> bool | None:
    """Say whether a column goes on as it begins; None where it does not tell."""
    if not name or not values:
        return None
    if all(NUMBER.fullmatch(value) for value in values):
        return bool(NUMBER.fullmatch(name))
    if holds_text(values):
        return True if _is_sentence(name) else None
    return name in values if holds_few_values(values) else None


def _is_sentence(name: str) -> bool:
    return len(name.split()) > _LONGEST_NAME


def _number_columns(names: Sequence[str]) -> bool:
    """Say whether names are the numbers of the columns, as pandas writes them."""
    return any(names == [str(number + first) for number in range(len(names))] for first in (0, 1))


def _stripped(table: Table, name: str) -> list[str]:
    return [value.strip() for value in table.columns.get(match_column(name, table.columns) or name, [""] * len(table))]
