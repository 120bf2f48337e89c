"""How far the best of many seeds flatters: ``python -m benchmarks.flattery`` prints a Markdown table.

Each generated study has seeds that differ as those of ``benchmarks.levels`` do. The best is chosen by its score on one
set of examples; the same run is then scored on examples that nobody has chosen by. At the end of a race there are fewer
to choose among, so that this is about the most that it flatters.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.levels import World
from ftcli.tasks.metrics import METRICS

METRIC = METRICS["matthews_correlation"]
FRESH = 4000


class Chosen(NamedTuple):
    """Means over studies: of all seeds, and of the best one where it was chosen and on fresh examples."""

    of_all: float
    where_chosen: float
    on_fresh: float

    @property
    def flattery(self) -> float:
        """How much better the best one looks than it is."""
        return self.where_chosen - self.on_fresh


def choose(world: World, seeds: int, examples: int, *, studies: int) -> Chosen:
    """Draw studies, choose the best seed of each, and score it on fresh examples."""
    generator = np.random.default_rng(seeds)
    found = []
    for _ in range(studies):
        labels, ease = world.labels(generator, examples + FRESH)
        answers = world.study(generator, labels, ease, seeds)
        scores, fresh = (
            METRIC.of_samples(np.broadcast_to(labels[part], answers[:, part].shape), answers[:, part], 2)
            for part in (slice(examples), slice(examples, None))
        )
        best = int(scores.argmax())
        found.append((fresh.mean(), scores[best], fresh[best]))
    return Chosen(*np.mean(found, axis=0).tolist())


def lines(studies: int) -> Iterator[str]:
    """Yield the table."""
    yield "| examples | seeds | mean of the seeds | best, where it was chosen | the same run on others | flattery |"
    yield "|---|---|---|---|---|---|"
    for examples in (100, 500, 2000):
        for seeds in (2, 8, 16):
            found = choose(World(), seeds, examples, studies=studies)
            numbers = (found.of_all, found.where_chosen, found.on_fresh, found.flattery)
            yield f"| {examples} | {seeds} | {' | '.join(f'{number:.3f}' for number in numbers)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flattery", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--studies", type=int, default=500)
    for line in lines(parser.parse_args().studies):
        print(line, flush=True)


if __name__ == "__main__":
    main()
