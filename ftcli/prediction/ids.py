"""Which column says what the rows are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ftcli.tasks.reading.columns import match_column


class Ids(NamedTuple):
    """A column with ids; one that is not ``required`` may be missing, and the rows are numbered then."""

    column: str
    required: bool

    def among(self, names: Sequence[str], texts: Sequence[str]) -> str | None:
        """Return which of the names is that of the column, if one is and no text is in it."""
        found = match_column(self.column, names)
        return None if found in [match_column(text, names) for text in texts] else found


ANY_ID = Ids("id", required=False)
