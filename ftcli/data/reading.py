"""What is read of a text that is too long: which of its tokens, in one piece or in several windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Truncation = Literal["right", "left", "head-tail"]
Places = NDArray[np.int64]

_HEAD = 4
"""Of head and tail the head has one part in so many: 128 of 510 tokens in Sun et al. 2019 (arXiv 1905.05583)."""


@dataclass(frozen=True)
class Reading:
    """How texts of more than ``max_length`` tokens, special ones included, are read.

    With a ``stride`` in windows, each of which starts so many tokens after the one before; else cut as ``truncation``
    says. Of a pair the longer text is cut, or slid over; the shorter one only where it takes more than half.
    """

    max_length: int
    truncation: Truncation = "right"
    stride: int | None = None

    def within(self, longest: int) -> Reading:
        """Return the same for a model that takes no more than ``longest`` tokens."""
        return replace(self, max_length=min(self.max_length, longest))

    @property
    def cuts_one_end(self) -> bool:
        """Whether it is what tokenizers do by themselves."""
        return self.stride is None and self.truncation != "head-tail"

    def pieces(self, sequences: Places) -> Iterator[Places]:
        """Yield the places of the tokens of each piece, in order.

        Args:
            sequences: which text each token is of, 0 or 1, and -1 for special tokens, which all pieces have.
        """
        if len(sequences) <= self.max_length:
            yield np.arange(len(sequences))
            return
        texts = [np.flatnonzero(sequences == 0), np.flatnonzero(sequences == 1)]
        specials = np.flatnonzero(sequences < 0)
        room = max(0, self.max_length - len(specials))
        shares = _shares(len(texts[0]), len(texts[1]), room)
        kept = [self._cut(text, share) for text, share in zip(texts, shares, strict=True)]
        if self.stride is None:
            yield np.sort(np.concatenate([specials, *kept]))
            return
        longer = int(len(texts[1]) > len(texts[0]))
        for window in _windows(texts[longer], shares[longer], self.stride):
            yield np.sort(np.concatenate([specials, kept[1 - longer], window]))

    def _cut(self, places: Places, share: int) -> Places:
        head = {"right": share, "left": 0, "head-tail": share // _HEAD}[self.truncation]
        if share >= len(places):
            return places
        return np.concatenate([places[:head], places[len(places) - (share - head) :]])


def _shares(first: int, second: int, room: int) -> tuple[int, int]:
    """Divide the room so that the shorter text is whole where it takes no more than half."""
    if first + second <= room:
        return first, second
    if first > second:
        return _shares(second, first, room)[::-1]
    short = min(first, room // 2)
    return short, room - short


def _windows(places: Places, width: int, stride: int) -> Iterator[Places]:
    """Yield windows of the same width; the last one ends where the text does."""
    last = len(places) - width
    for start in [*range(0, last, max(1, min(stride, width))), last]:
        yield places[start : start + width]
