"""What runs would have scored on other examples of the same kind: the examples drawn anew, the models as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.compare.statistics import Floats
from ftcli.tasks.formulas import Labels
from ftcli.tasks.metrics import Metric

_CHUNK = 2**21  # numbers at once: 16 MiB an array


class ExampleDraws:
    """Bootstrap samples of a set of examples, the same for all who ask: only so do scores covary as they should.

    Args:
        labels: class numbers or values, shape [examples].
        classes: how many classes there are; a regression has no use for it.
        draws: how many samples.
        seed: the same seed draws the same samples.
    """

    def __init__(self, labels: Labels, classes: int, *, draws: int = 1000, seed: int = 0) -> None:
        self._labels, self._classes = labels, classes
        self._rows = np.random.default_rng(seed).integers(len(labels), size=(draws, len(labels)), dtype=np.int32)
        self._times: NDArray[np.float32] | None = None

    def scores(self, metric: Metric, predictions: Labels) -> Floats:
        """Return what a run scores on each sample, shape [draws].

        Args:
            metric: the score.
            predictions: class numbers or values, shape [examples].
        """
        if metric.kind == "classification":
            hits = np.where(predictions == self._labels, predictions, -1)
            counts = (self._count(each) for each in (hits, self._labels, predictions))
            return metric.formula(*counts)
        at_once = max(1, _CHUNK // len(self._labels))
        chunks = (self._rows[start : start + at_once] for start in range(0, len(self._rows), at_once))
        return np.concatenate(
            [metric.of_samples(self._labels[rows], predictions[rows], self._classes) for rows in chunks]
        )

    def _count(self, numbers: Labels) -> Floats:
        """Count each class among the numbers of each sample, shape [draws, classes]."""
        of_class = (numbers[:, None] == np.arange(self._classes)).astype(np.float32)
        return np.asarray(self._how_often() @ of_class, dtype=np.float64)

    def _how_often(self) -> NDArray[np.float32]:
        """Give how often each example is in each sample, shape [draws, examples]: counting is then one product."""
        if self._times is None:
            examples = len(self._labels)
            self._times = np.stack([np.bincount(rows, minlength=examples) for rows in self._rows]).astype(np.float32)
        return self._times
