"""How often tests claim a difference between two studies that have none: what a verdict's test was chosen by.

    python -m benchmarks.levels                      # a Markdown table; a few minutes
    python -m benchmarks.levels --baseline-seeds 20  # where the baseline has more seeds than the recipe

Each generated study has a few seeds, judged on the same examples. What varies: how good a seed is, which examples a
recipe is good at, and how often a run collapses to one class. Both recipes are drawn alike, so every claim is false: a
test that holds its level makes one in twenty.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftcli.compare.difference import Study, difference, interval
from ftcli.compare.resampling import ExampleDraws
from ftcli.tasks.metrics import METRICS

LEVEL = 0.05
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """What studies are drawn from: standard deviations on the scale of an example's difficulty, which has 1.

    Args:
        of_seeds: how much one seed is better than another.
        of_recipe: how much a recipe suits one example more than another.
        of_runs: how much a run suits one example more than another.
        collapses: share of the runs that give every example the same label.
    """

    of_seeds: float = 0.1
    of_recipe: float = 0.0
    of_runs: float = 0.4
    collapses: float = 0.0

    def labels(self, generator: np.random.Generator, examples: int) -> tuple[Labels, NDArray[np.float64]]:
        """Draw the examples: their labels, and how easy they are, shape [examples] each."""
        return generator.integers(2, size=examples), generator.normal(0.8, 1, size=examples)

    def study(
        self, generator: np.random.Generator, labels: Labels, ease: NDArray[np.float64], seeds: int, better: float = 0
    ) -> Labels:
        """Draw the predictions of a study, shape [seeds, examples], by a recipe that is so much better."""
        suits = generator.normal(0, self.of_recipe, size=len(labels))
        quality = generator.normal(better, self.of_seeds, size=(seeds, 1))
        luck = generator.normal(0, self.of_runs, size=(seeds, len(labels)))
        right = ease + suits + quality + luck > 0
        collapsed = generator.random((seeds, 1)) < self.collapses
        return np.where(collapsed, 1, np.where(right, labels, 1 - labels))


WORLDS = {
    "seeds alone": World(),
    "recipes good at different examples": World(of_recipe=0.7),
    "a run in ten collapses": World(of_recipe=0.3, collapses=0.1),
    "a run in three collapses": World(of_recipe=0.3, collapses=1 / 3),
}


@dataclass(frozen=True)
class Pair:
    """Two studies on the same examples: their scores, and those on resampled examples."""

    ours: Study
    theirs: Study


def draw_pair(  # noqa: PLR0913 - what a study is made of
    world: World,
    seeds: tuple[int, int],
    examples: int,
    generator: np.random.Generator,
    *,
    better: float = 0,
    draws: int = 200,
) -> Pair:
    """Draw two studies, the first of a recipe that is so much better."""
    metric = METRICS["matthews_correlation"]
    labels, ease = world.labels(generator, examples)
    resampled = ExampleDraws(labels, 2, draws=draws, seed=int(generator.integers(2**31)))

    def study(seeds: int, better: float) -> Study:
        predictions = world.study(generator, labels, ease, seeds, better)
        scores = metric.of_samples(np.broadcast_to(labels, predictions.shape), predictions, 2)
        return Study(scores, np.stack([resampled.scores(metric, each) for each in predictions]))

    return Pair(study(seeds[0], better), study(seeds[1], 0))


def obuchowski_rockette(pair: Pair) -> bool:
    """The test of ``ftcli compare``."""
    return difference(pair.ours, pair.theirs).p_value <= LEVEL


def the_interval(pair: Pair) -> bool:
    """Whether the interval of ``ftcli compare`` leaves 0 out."""
    low, high = interval(pair.ours, pair.theirs, draws=1000)
    return not low <= 0 <= high


def welch(pair: Pair) -> bool:
    """Welch's t-test over the seeds."""
    return difference(Study(pair.ours.scores), Study(pair.theirs.scores)).p_value <= LEVEL


def paired_t(pair: Pair) -> bool:
    """A paired t-test over the seeds that both have."""
    from scipy.stats import ttest_rel

    both = min(pair.ours.seeds, pair.theirs.seeds)
    ours, theirs = pair.ours.scores[:both], pair.theirs.scores[:both]
    return bool((ours - theirs).any()) and float(ttest_rel(ours, theirs).pvalue) <= LEVEL


def rank_sum(pair: Pair) -> bool:
    """The Wilcoxon-Mann-Whitney test over the seeds."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(pair.ours.scores, pair.theirs.scores).pvalue) <= LEVEL


def percentile_bootstrap(pair: Pair) -> bool:
    """Whether the percentile interval over the seeds alone leaves 0 out."""
    generator = np.random.default_rng(0)
    drawn = [generator.choice(each.scores, size=(1000, each.seeds)).mean(1) for each in (pair.ours, pair.theirs)]
    low, high = np.quantile(drawn[0] - drawn[1], [LEVEL / 2, 1 - LEVEL / 2])
    return not low <= 0 <= high


TESTS: dict[str, Callable[[Pair], bool]] = {
    "Obuchowski-Rockette": obuchowski_rockette,
    "interval of compare": the_interval,
    "Welch": welch,
    "paired t": paired_t,
    "rank sum": rank_sum,
    "percentile bootstrap": percentile_bootstrap,
}


def claims(  # noqa: PLR0913 - what a study is made of
    world: World, seeds: int, *, of_baseline: int | None = None, studies: int, examples: int = 500, better: float = 0
) -> dict[str, float]:
    """Return the share of the pairs of studies in which each test claims a difference."""
    generator = np.random.default_rng(seeds)
    both = seeds, of_baseline or seeds
    pairs = (draw_pair(world, both, examples, generator, better=better) for _ in range(studies))
    found = [[test(pair) for test in TESTS.values()] for pair in pairs]
    return dict(zip(TESTS, np.mean(found, axis=0).tolist(), strict=True))


def lines(studies: int, better: float, of_baseline: int | None = None) -> Iterator[str]:
    """Yield the table."""
    yield f"| studies differ by | seeds | {' | '.join(TESTS)} |"
    yield f"|---|---{'|---' * len(TESTS)}|"
    for name, world in WORLDS.items():
        for seeds in (5, 8, 20):
            found = claims(world, seeds, of_baseline=of_baseline, studies=studies, better=better)
            shown = f"{seeds} against {of_baseline}" if of_baseline else seeds
            yield f"| {name} | {shown} | {' | '.join(f'{100 * share:.1f} %' for share in found.values())} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--better", type=float, default=0.0, help="a true difference: the claims are then the power")
    parser.add_argument("--baseline-seeds", type=int, help="as many for the baseline, whatever the recipe has")
    given = parser.parse_args()
    for line in lines(given.studies, given.better, given.baseline_seeds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
