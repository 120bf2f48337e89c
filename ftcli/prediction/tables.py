"""The texts to predict, read from a file that can't be read line by line: as a whole, as training reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ftcli.prediction.lines import UTF_16
from ftcli.prediction.opening import opened
from ftcli.prediction.rows import Row, check_texts
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.readers import read_table

WHOLE = ("json", "parquet", "arrow")
"""Formats of which nothing can be read before all is there."""


@dataclass(frozen=True)
class TableReader:
    """Reads the columns with text, one or two for pairs, of a file in any form that training reads."""

    path: Path
    columns: Sequence[str]
    form: Form

    def read(self, _: IO[bytes] | None = None) -> Iterator[Row]:
        """Yield the rows of the file; those with nothing in any field are blank, and left out at the end.

        Raises:
            DataError: the file is damaged or malformed, lacks a column, or has an empty text.
        """
        table = read_table(self.path, self.columns, form=self.form)
        rows = {line: [table.columns[name][row] for name in self.columns] for row, line in enumerate(table.lines)}
        blank = {line: [""] * len(self.columns) for line in table.blank if line < max(rows)}
        for line, texts in sorted((rows | blank).items()):
            if line in rows:
                check_texts(self.path, line, self.columns, texts)
            yield Row(line, texts)


def is_utf_16(path: Path) -> bool:
    """Whether a file, compressed or not, says that it is UTF-16: lines can't be told apart in its bytes.

    Raises:
        DataError: it can't be opened.
    """
    if not path.is_file():  # a pipe can be read but once
        return False
    with opened(path) as stream:
        return stream.read(2) in UTF_16
