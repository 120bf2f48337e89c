"""What a handful of scores says, without a verdict."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Floats = NDArray[np.float64]


class Summary(BaseModel):
    """Scores described; None where there are too few of them."""

    model_config = ConfigDict(frozen=True)

    mean: float | None
    standard_deviation: float | None
    best: float | None
    worst: float | None
    median: float | None
    expected_best: list[float]


def summarise(scores: Sequence[float], *, higher_is_better: bool = True) -> Summary:
    """Describe the scores of one group; the standard deviation is the sample's (n - 1)."""
    highest, lowest = max(scores, default=None), min(scores, default=None)
    return Summary(
        mean=mean(scores),
        standard_deviation=statistics.stdev(scores) if len(scores) > 1 else None,
        best=highest if higher_is_better else lowest,
        worst=lowest if higher_is_better else highest,
        median=statistics.median(scores) if scores else None,
        expected_best=expected_best(scores, higher_is_better=higher_is_better),
    )


def mean(values: Iterable[float | None]) -> float | None:
    """Give the mean of the values that are there, or None where none is."""
    present = [value for value in values if value is not None]
    return statistics.fmean(present) if present else None


def expected_best(scores: Sequence[float], *, higher_is_better: bool = True) -> list[float]:
    """Give what the best of 1, 2, ... N runs may be expected to score, from the scores of N runs.

    With the scores in ascending order, and k runs drawn from them with replacement::

        E[best of k] = sum_i  score_i * ((i / N)^k - ((i - 1) / N)^k)

    Dodge et al. 2019, "Show Your Work: Improved Reporting of Experimental Results" (arXiv:1909.03004).
    """
    count = len(scores)
    ascending = np.sort(np.asarray(scores, dtype=np.float64))
    ordered = ascending if higher_is_better else ascending[::-1]
    places = np.arange(count + 1) / max(count, 1)
    return [float(np.diff(places**runs) @ ordered) for runs in range(1, count + 1)]


def violation_ratio(ours: Floats, theirs: Floats) -> float:
    """Give how far ``ours`` is from being stochastically larger than ``theirs``: 0 is wholly, 1 the reverse.

    With the quantile functions F and G of the two samples::

        ratio = integral over {t: F(t) < G(t)} of (F(t) - G(t))^2  /  integral of (F(t) - G(t))^2

    del Barrio et al. 2018; Dror et al. 2019, "Deep Dominance" (ACL). Where the samples are equal it is 1/2.
    """
    edges = np.union1d(np.arange(len(ours) + 1) / len(ours), np.arange(len(theirs) + 1) / len(theirs))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    gaps = _quantiles(ours, middles) - _quantiles(theirs, middles)
    whole = float(widths @ gaps**2)
    return float(widths @ np.minimum(gaps, 0) ** 2) / whole if whole else 0.5


def almost_stochastic_order(ours: Floats, theirs: Floats, *, level: float = 0.95, draws: int = 1000) -> float:
    """Give an upper bound of the violation ratio at a confidence level; below 1/2, ``ours`` is almost dominant.

    The bound is that of Dror et al. 2019: the ratio, and the normal quantile times its standard deviation over
    bootstrap samples. It describes; with few seeds it is too sure of itself to give a verdict.
    """
    from scipy.stats import norm

    generator = np.random.default_rng(0)
    ratio = violation_ratio(ours, theirs)
    drawn = [
        violation_ratio(generator.choice(ours, len(ours)), generator.choice(theirs, len(theirs))) for _ in range(draws)
    ]
    return float(np.clip(ratio + norm.ppf(level) * np.std(drawn), 0, 1))


def _quantiles(sample: Floats, shares: Floats) -> Floats:
    return np.asarray(np.sort(sample)[(shares * len(sample)).astype(int)])
