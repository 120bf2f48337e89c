"""A row to be answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """The line that a row starts on, its one or two texts, both empty where it is blank, and what it is called."""

    line: int
    texts: Sequence[str]
    id: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there is something to answer: no text is empty."""
        return all(text.strip() for text in self.texts)
