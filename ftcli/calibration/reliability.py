"""How far confidence and accuracy lie apart, in bins of equal width over the confidence from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

BINS = 15

Floats = NDArray[np.float32] | NDArray[np.float64]


class Bin(BaseModel):
    """The examples of one bin: how many, the mean probability of the label given, and how often it was right.

    Where an example may have several labels, each of them, given or not, counts as an example.
    """

    model_config = ConfigDict(frozen=True)

    examples: int
    confidence: float
    accuracy: float


def reliability(confidence: Floats, right: NDArray[np.bool_], bins: int = BINS) -> list[Bin]:
    """Return the bins that hold any example, from the least confident on; of an edge, the lower bin.

    Args:
        confidence: probability of the label that was given, shape [examples].
        right: whether it was right, shape [examples].
        bins: how many of them share the range from 0 to 1.
    """
    place = bin_of(confidence, bins)
    return [
        Bin(
            examples=int(inside.sum()),
            confidence=float(confidence[inside].mean(dtype=np.float64)),
            accuracy=float(right[inside].mean()),
        )
        for number in range(bins)
        if (inside := place == number).any()
    ]


def bin_of(confidence: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """Return the number of the bin of each confidence, counted from 0; the same shape."""
    return np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance of confidence and accuracy over the examples (Guo et al. 2017, 1706.04599)."""
    total = sum(each.examples for each in bins)
    return sum(each.examples * abs(each.confidence - each.accuracy) for each in bins) / total
