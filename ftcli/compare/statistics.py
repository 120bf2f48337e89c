"""What a handful of scores says, without a verdict."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict


class Summary(BaseModel):
    """Scores described; None where there are too few of them. Higher is better for every main metric."""

    model_config = ConfigDict(frozen=True)

    mean: float | None
    standard_deviation: float | None
    best: float | None
    worst: float | None
    median: float | None


def summarise(scores: Sequence[float]) -> Summary:
    """Describe the scores of one group; the standard deviation is the sample's (n - 1)."""
    return Summary(
        mean=mean(scores),
        standard_deviation=statistics.stdev(scores) if len(scores) > 1 else None,
        best=max(scores, default=None),
        worst=min(scores, default=None),
        median=statistics.median(scores) if scores else None,
    )


def mean(values: Iterable[float | None]) -> float | None:
    """Give the mean of the values that are there, or None where none is."""
    present = [value for value in values if value is not None]
    return statistics.fmean(present) if present else None
