"""Texts in memory without a Python object each: as many as there are, they take their letters and eight bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import overload


class Texts(Sequence[str]):
    """Any texts, one after the other in UTF-8; equal to a list of the same texts.

    >>> texts = Texts(["one", "two", "three"])
    >>> texts[1], texts[-2:], texts.take([2, 0])
    ('two', ['two', 'three'], ['three', 'one'])
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._hold([text.encode("utf-8", "surrogatepass") for text in texts])

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Texts: ...
    def __getitem__(self, place: int | slice) -> str | Texts:
        """Return one text, or several."""
        places = range(len(self))[place]
        return self._text(places) if isinstance(places, int) else self.take(places)

    def __iter__(self) -> Iterator[str]:
        return map(self._text, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (list, tuple, Texts)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return len(self._bytes) + len(self._ends) * self._ends.itemsize

    def take(self, rows: Iterable[int]) -> Texts:
        """Return the texts at these rows, in this order."""
        places, found = range(len(self)), Texts(())
        found._hold([self._encoded(places[row]) for row in rows])
        return found

    def _hold(self, encoded: list[bytes]) -> None:
        self._ends = array("q", accumulate(map(len, encoded), initial=0))
        self._bytes = b"".join(encoded)

    def _text(self, row: int) -> str:
        return self._encoded(row).decode("utf-8", "surrogatepass")

    def _encoded(self, row: int) -> bytes:
        return self._bytes[self._ends[row] : self._ends[row + 1]]
