"""The probability from which on the last of two labels is given, chosen for a metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftcli.tasks.metrics import METRICS

DEFAULT = 0.5
_AT_ONCE = 2**22  # answers judged together


@dataclass(frozen=True)
class Tuned:
    """A threshold, and the score with it and with the usual one half."""

    threshold: float
    score: float
    default_score: float


def tune_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.int64], metric: str) -> Tuned:
    """Return the threshold with the best score; of equal ones the nearest to one half.

    Tried are one half, the middle between each two neighbours among the probabilities, and what gives all examples the
    same label.

    Args:
        probabilities: of the last label, shape [examples].
        labels: 0 or 1, shape [examples].
        metric: name of a metric of classifications.
    """
    values = np.unique(probabilities)
    ends = [values[0] / 2, (values[-1] + 1) / 2]
    candidates = np.concatenate([[DEFAULT], (values[:-1] + values[1:]) / 2, ends])
    candidates = candidates[np.argsort(np.abs(candidates - DEFAULT), kind="stable")]
    rows = max(1, _AT_ONCE // len(labels))
    scores = np.concatenate(
        [
            _scores(probabilities, labels, metric, candidates[start : start + rows])
            for start in range(0, len(candidates), rows)
        ]
    )
    best = int(scores.argmax())  # the first of equal ones
    return Tuned(float(candidates[best]), float(scores[best]), float(scores[0]))


def at_temperature(threshold: float, temperature: float) -> float:
    """Return the threshold on calibrated probabilities that divides the examples as this one does without."""
    if threshold in (0.0, 1.0):
        return threshold
    return 1 / (1 + math.exp(-math.log(threshold / (1 - threshold)) / temperature))


def _scores(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], metric: str, thresholds: NDArray[np.float64]
) -> NDArray[np.float64]:
    answers = (probabilities >= thresholds[:, None]).astype(np.int64)
    return METRICS[metric].of_samples(np.broadcast_to(labels, answers.shape), answers, 2)
