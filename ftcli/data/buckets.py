"""Batches of texts of about the same length, so that next to nothing is padded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FEWEST_BATCHES = 2
_BUCKETS = 10


class BatchRows(NamedTuple):
    """The rows of a batch, [B], and the tokens that it is padded to."""

    rows: NDArray[np.int64]
    length: int


@dataclass(frozen=True)
class LengthBuckets:
    """Draws every row once an epoch, in batches of rows of about the same length.

    A bucket is a range of lengths that holds enough rows for a few batches. What doesn't fill a batch moves up
    to the next longer bucket, so that only the longest batch of an epoch can be smaller than the others.
    The shapes of the batches, and their order, follow from lengths, batch size and epoch alone; the seed decides
    which rows fill them. So runs of several seeds go through the same shapes in step.

    Lengths are padded to a ``multiple``, but not beyond the ``limit``. ``enough`` batches fill a bucket, or fewer where
    there are few in all: the more it holds, the better they mix and the fewer shapes there are, but the more is padded.

    Where a row is but one of several windows of a text, all of the same length, ``windows`` [N + 1] holds the numbers
    that the windows of each row start with, and the last one's end; each epoch draws one of them.
    """

    lengths: NDArray[np.int64]
    batch_size: int
    seed: int
    multiple: int = 1
    limit: int | None = None
    windows: NDArray[np.int64] | None = None
    enough: int = _FEWEST_BATCHES

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return math.ceil(len(self.lengths) / self.batch_size)

    def epoch(self, number: int) -> Iterator[BatchRows]:
        """Yield the batches of an epoch, counted from 0."""
        rng = np.random.default_rng([self.seed, number])
        chosen = list(self._fill(rng))
        for index in np.random.default_rng(number).permutation(len(chosen)):
            rows, length = chosen[index]
            yield BatchRows(rows if self.windows is None else self._one_window(rows, self.windows, rng), length)

    def efficiency(self) -> float:
        """Return the share of the tokens in an epoch's batches that is not padding."""
        padded = sum(len(batch.rows) * batch.length for batch in self.epoch(0))
        return float(self.lengths.sum() / padded)

    def length_holding(self, share: float) -> int:
        """Return the length that batches with this share of an epoch's tokens don't go beyond."""
        lengths, rows = np.array(sorted((batch.length, len(batch.rows)) for batch in self.epoch(0))).T
        held = np.cumsum(lengths * rows)
        return int(lengths[np.searchsorted(held, share * held[-1])])

    @staticmethod
    def _one_window(rows: NDArray[np.int64], windows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        return rng.integers(windows[rows], windows[rows + 1])

    def _fill(self, rng: np.random.Generator) -> Iterator[BatchRows]:
        left = np.empty(0, dtype=np.int64)
        length = 0
        for low, high in self._ranges():
            inside = np.flatnonzero((self.lengths > low) & (self.lengths <= high))
            rows = np.concatenate([left, rng.permutation(inside)])
            length = self._padded(high)
            full = len(rows) // self.batch_size * self.batch_size
            for start in range(0, full, self.batch_size):
                yield BatchRows(rows[start : start + self.batch_size], length)
            left = rows[full:]
        if len(left):
            yield BatchRows(left, length)

    def _padded(self, length: int) -> int:
        padded = math.ceil(length / self.multiple) * self.multiple
        return padded if self.limit is None else max(length, min(padded, self.limit))

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """Yield (low, high]: the lengths of each bucket."""
        values, counts = np.unique(self.lengths, return_counts=True)
        enough = min(self.enough, max(_FEWEST_BATCHES, self.batches // _BUCKETS)) * self.batch_size
        low, held = 0, 0
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            held += count
            if held >= enough or value == values[-1]:
                yield low, value
                low, held = value, 0
