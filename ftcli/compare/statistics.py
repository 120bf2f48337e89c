"""What a handful of scores says, without a verdict."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict


class Summary(BaseModel):
    """Scores described; None where there are too few of them."""

    model_config = ConfigDict(frozen=True)

    mean: float | None
    standard_deviation: float | None
    best: float | None
    worst: float | None
    median: float | None


def summarise(scores: Sequence[float], *, higher_is_better: bool = True) -> Summary:
    """Describe the scores of one group; the standard deviation is the sample's (n - 1)."""
    highest, lowest = max(scores, default=None), min(scores, default=None)
    return Summary(
        mean=mean(scores),
        standard_deviation=statistics.stdev(scores) if len(scores) > 1 else None,
        best=highest if higher_is_better else lowest,
        worst=lowest if higher_is_better else highest,
        median=statistics.median(scores) if scores else None,
    )


def mean(values: Iterable[float | None]) -> float | None:
    """Give the mean of the values that are there, or None where none is."""
    present = [value for value in values if value is not None]
    return statistics.fmean(present) if present else None
