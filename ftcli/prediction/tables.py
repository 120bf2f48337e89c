"""The texts to predict, read from a file that can't be read line by line: as a whole, as training reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import DataError, MissingColumnError
from ftcli.prediction.ids import ANY_ID, Ids
from ftcli.prediction.lines import UTF_16
from ftcli.prediction.opening import opened
from ftcli.prediction.rows import Row, choosing, with_ids
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.readers import read_table
from ftcli.tasks.reading.table import Table


@dataclass(frozen=True)
class TableReader:
    """Reads the columns with text, one or two for pairs, of a file in any form that training reads."""

    path: Path
    columns: Sequence[str]
    form: Form
    ids: Ids = ANY_ID

    def read(self) -> Iterator[Row]:
        """Yield the rows of the file; those with nothing in any field are blank, and left out at the end.

        Raises:
            DataError: the file is damaged or malformed, or lacks a column.
        """
        table = self._table()
        names = table.columns.get(self.ids.column)
        rows = {
            line: Row(line, [table.columns[name][row] for name in self.columns], names[row] if names else None)
            for row, line in enumerate(table.lines)
        }
        blank = {line: Row(line, []) for line in table.blank if line < max(rows)}
        return with_ids((row for _, row in sorted((rows | blank).items())), len(self.columns))

    def _table(self) -> Table:
        """Read the columns; one of ids that is not required is passed over where it holds no text or numbers."""
        own = self.ids.column
        if own in self.columns or self.ids.required:
            return self._read([*self.columns, *[own] * self.ids.required])
        try:
            return self._read(self.columns, [own])
        except DataError:
            return self._read(self.columns)

    def _read(self, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
        try:
            return read_table(self.path, required, optional, form=self.form)
        except MissingColumnError as error:
            raise error.chosen_by(choosing(error.column, self.columns)) from None


def is_utf_16(path: Path) -> bool:
    """Whether a file, compressed or not, says that it is UTF-16: lines can't be told apart in its bytes.

    Raises:
        DataError: it can't be opened.
    """
    if not path.is_file():  # a pipe can be read but once
        return False
    with opened(path) as stream:
        return stream.read(2) in UTF_16
