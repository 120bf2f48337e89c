"""A few batches of an epoch that stand for all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ftcli.data.buckets import BatchRows, LengthBuckets
from ftcli.data.encoding import EncodedSplit
from ftcli.recipes.functions import Batch


@dataclass(frozen=True)
class Sample:
    """The smallest batch of an epoch, the middle one and the largest; ``split`` holds their rows alone."""

    split: EncodedSplit
    shapes: tuple[BatchRows, ...]

    @classmethod
    def of(cls, train: EncodedSplit, buckets: LengthBuckets) -> Sample:
        """Pick the batches; their rows are numbered anew."""
        epoch = sorted(buckets.epoch(0), key=tokens)
        picked = [epoch[place] for place in sorted({0, len(epoch) // 2, len(epoch) - 1})]
        ends = pairwise(np.cumsum([0, *(len(each.rows) for each in picked)]).tolist())
        shapes = tuple(BatchRows(np.arange(*end), each.length) for end, each in zip(ends, picked, strict=True))
        return cls(train.take(np.concatenate([each.rows for each in picked])), shapes)

    def over(self, split: EncodedSplit) -> Sample:
        """Return the same batches of another form of the same rows."""
        return replace(self, split=split)

    def batches(self) -> Iterator[Batch]:
        """Yield the largest first: what takes the most memory, and the most time, is known then."""
        yield from (self._batch(shape) for shape in reversed(self.shapes))

    @property
    def middle(self) -> Batch:
        """The batch of the middle."""
        return self._batch(self.shapes[len(self.shapes) // 2])

    def _batch(self, shape: BatchRows) -> Batch:
        return self.split.batch(*shape)


def tokens(shape: BatchRows) -> int:
    """Return how many tokens a batch has, padding included."""
    return len(shape.rows) * shape.length


def interpolated(sizes: NDArray[np.int64], seconds: dict[int, float]) -> NDArray[np.float64]:
    """Return the seconds of batches of so many tokens from those of a few; in proportion outside of these.

    >>> interpolated(np.array([5, 10, 15, 40]), {10: 1.0, 20: 3.0}).tolist()
    [0.5, 1.0, 2.0, 6.0]
    """
    known = sorted(seconds)
    found = np.interp(sizes, [0, *known], [0.0, *(seconds[size] for size in known)])
    return np.asarray(found * np.maximum(sizes / known[-1], 1.0))
