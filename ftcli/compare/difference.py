"""The difference between two recipes: how large, how sure, and what it would take to be surer.

Scores vary for two reasons: other seeds, and other examples to be judged on. Reader studies in radiology know the same
two (readers and cases), and test the difference of two methods for both at once. Here a seed is a reader:

    Obuchowski and Rockette 1995, "Hypothesis testing of diagnostic accuracy for multiple readers and multiple tests";
    Hillis 2007, "A comparison of denominator degrees of freedom methods for multiple observer ROC analysis".

The seeds of two recipes are taken as different readers, also where they have the same numbers: what a seed draws comes
to something else under another recipe, so that pairing would cost degrees of freedom and gain next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ftcli.compare.statistics import Floats

TEST = "Obuchowski-Rockette t-test over seeds and examples"
FEWEST_SEEDS = 5
POWER = 0.8
_MOST_SEEDS = 1000
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Study:
    """The seeds of one recipe.

    Args:
        scores: shape [seeds].
        resampled: scores on bootstrap samples of the examples, the same for all studies, shape [seeds, draws];
            None where the predictions are not known, which takes the examples as given.
    """

    scores: Floats
    resampled: Floats | None = None

    @property
    def seeds(self) -> int:
        """How many there are."""
        return len(self.scores)

    @property
    def variance(self) -> float:
        """Of one score, over the seeds; 0, not a rounding, where all are the same."""
        return float(np.var(self.scores, ddof=1)) if np.ptp(self.scores) else 0.0


@dataclass(frozen=True)
class Difference:
    """Mean score of ours less mean score of theirs, and its variance.

    Args:
        estimate: the difference.
        variances: of one score over the seeds, ours and theirs.
        seeds: ours and theirs.
        of_examples: variance of the difference due to the choice of examples, which no number of seeds takes away.
    """

    estimate: float
    variances: tuple[float, float]
    seeds: tuple[int, int]
    of_examples: float

    @property
    def standard_error(self) -> float:
        """Of the estimate, for seeds and examples together."""
        return float((sum(self._of_seeds) + self.of_examples) ** 0.5)

    @property
    def degrees_of_freedom(self) -> float:
        """Satterthwaite's: the variance over examples counts as known, those over seeds as estimated."""
        of_seeds = self._of_seeds
        uncertain = sum(each**2 / (count - 1) for each, count in zip(of_seeds, self.seeds, strict=True))
        return (sum(of_seeds) + self.of_examples) ** 2 / uncertain if uncertain else float("inf")

    @property
    def p_value(self) -> float:
        """Two-sided."""
        from scipy.stats import t

        if self.standard_error == 0:
            return float(self.estimate == 0)
        return float(2 * t.sf(abs(self.estimate) / self.standard_error, self.degrees_of_freedom))

    def smallest_provable(self, level: float) -> float | None:
        """Return the true difference that these seeds would prove four times in five, at a significance level.

        None where no score differs from another: that says nothing about what scores do.
        """
        from scipy.optimize import brentq

        if self.standard_error == 0:
            return None
        return float(brentq(lambda size: self._power(size, level) - POWER, 0, 100 * self.standard_error))

    def seeds_to_prove(self, level: float) -> int | None:
        """Return how many seeds each would prove the difference four times in five, if it is what it seems to be.

        None where no number would (a thousand at most), since the examples are too few.
        """
        enough = range(FEWEST_SEEDS, _MOST_SEEDS + 1)
        provable = [
            self.with_seeds(count)._power(abs(self.estimate), level) >= POWER for count in (enough[0], enough[-1])
        ]
        if not provable[-1]:
            return None
        low, high = enough[0], enough[-1]
        while low < high:
            middle = (low + high) // 2
            proven = self.with_seeds(middle)._power(abs(self.estimate), level) >= POWER
            low, high = (low, middle) if proven else (middle + 1, high)
        return low

    def with_seeds(self, seeds: int) -> Difference:
        """Return the same difference, had it been found with so many seeds each."""
        return replace(self, seeds=(seeds, seeds))

    @property
    def _of_seeds(self) -> list[float]:
        return [variance / count for variance, count in zip(self.variances, self.seeds, strict=True)]

    def _power(self, size: float, level: float) -> float:
        """Return how likely a true difference of that size is proven."""
        from scipy.stats import nct, t

        if self.standard_error == 0:
            return float(size > 0)
        freedom = min(self.degrees_of_freedom, 1e6)
        return float(nct.sf(t.isf(level / 2, freedom), freedom, size / self.standard_error))


def difference(ours: Study, theirs: Study) -> Difference:
    """Return the difference between two studies of two or more seeds each."""
    means = float(ours.scores.mean()), float(theirs.scores.mean())
    return Difference(
        estimate=0.0 if math.isclose(*means, rel_tol=_ROUNDING, abs_tol=_ROUNDING) else means[0] - means[1],
        variances=(ours.variance, theirs.variance),
        seeds=(ours.seeds, theirs.seeds),
        of_examples=_of_examples(ours, theirs),
    )


def _of_examples(ours: Study, theirs: Study) -> float:
    """Return the variance over examples that seeds do not average out.

    By Obuchowski and Rockette's covariances it is::

        Cov2(ours) + Cov2(theirs) - 2 Cov3

    Cov2 is the covariance of two seeds of one recipe, Cov3 that of two seeds of different recipes.
    """
    if ours.resampled is None or theirs.resampled is None:
        return 0.0
    across = float(np.cov(ours.resampled.mean(0), theirs.resampled.mean(0))[0, 1])
    return max(0.0, _within(ours.resampled) + _within(theirs.resampled) - 2 * across)


def _within(resampled: Floats) -> float:
    """Return the mean covariance of two different seeds over the samples."""
    seeds = len(resampled)
    total = float(np.var(resampled.sum(0), ddof=1)) - float(np.var(resampled, axis=1, ddof=1).sum())
    return total / (seeds * (seeds - 1))


def interval(
    ours: Study, theirs: Study, *, level: float = 0.95, draws: int = 4000, seed: int = 0
) -> tuple[float, float]:
    """Return a bootstrap interval of the difference: seeds and examples are drawn anew together.

    Drawing both counts what is particular to a run and an example more than once (Owen 2007, "The pigeonhole
    bootstrap"), and of few seeds the percentiles are too narrow. The shape is the bootstrap's, the width that of the
    standard error, and the percentiles lie where Student's t has them (Hesterberg 2015, "What Teachers Should Know
    About the Bootstrap").
    """
    from scipy.stats import norm, t

    generator = np.random.default_rng(seed)
    drawn = _drawn_means(ours, generator, draws) - _drawn_means(theirs, generator, draws)
    found = difference(ours, theirs)
    spread = float(drawn.std())
    width = found.standard_error / spread if spread else 1.0
    tail = float(norm.sf(t.isf((1 - level) / 2, found.degrees_of_freedom)))
    low, high = found.estimate + width * (np.quantile(drawn, [tail, 1 - tail]) - drawn.mean())
    return float(low), float(high)


def _drawn_means(study: Study, generator: np.random.Generator, draws: int) -> Floats:
    """Return the mean score of drawn seeds, each time on another sample of the examples, shape [draws]."""
    chosen = generator.integers(study.seeds, size=(draws, study.seeds))
    if study.resampled is None:
        return np.asarray(study.scores[chosen].mean(1))
    sample = np.arange(draws) % study.resampled.shape[1]
    return np.asarray(study.resampled[chosen, sample[:, None]].mean(1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values for several comparisons at once (Holm 1979): the smallest counts for all of them, and so on."""
    adjusted, largest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = largest
    return adjusted
