"""How fast a training went, and what its time went into."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from ftcli.processor import Waiting

DATA, STEP, EVALUATION, CHECKPOINT = "data", "step", "evaluation", "checkpoint"


@dataclass(frozen=True)
class Speed:
    """Examples and tokens a second of the time spent on steps and their data, and how many seconds it took in all.

    ``padding_efficiency`` is the share of the tokens in a batch that are text; ``shares`` says what part of the
    whole time went into each kind of work, and ``waited`` for what part of the time since it began, or went on,
    a thread waited for a free core.
    """

    seconds: float
    examples_per_second: float
    tokens_per_second: float
    padding_efficiency: float
    shares: dict[str, float]
    waited: float = 0.0


def mean_speed(speeds: Sequence[Speed]) -> Speed:
    """Return the mean of each number of several trainings, of one at least."""
    works = dict.fromkeys(work for speed in speeds for work in speed.shares)
    return Speed(
        seconds=mean(speed.seconds for speed in speeds),
        examples_per_second=mean(speed.examples_per_second for speed in speeds),
        tokens_per_second=mean(speed.tokens_per_second for speed in speeds),
        padding_efficiency=mean(speed.padding_efficiency for speed in speeds),
        shares={work: mean(speed.shares.get(work, 0.0) for speed in speeds) for work in works},
        waited=mean(speed.waited for speed in speeds),
    )


@dataclass
class SpeedMeter:
    """Adds up the seconds spent on each kind of work, and what was trained on meanwhile."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys((DATA, STEP, EVALUATION, CHECKPOINT), 0.0))
    examples: int = 0
    tokens: int = 0
    padded: int = 0

    def __post_init__(self) -> None:
        self._waiting = Waiting()

    @contextmanager
    def spent_on(self, work: str) -> Iterator[None]:
        """Count the time inside as time spent on this kind of work."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[work] += time.perf_counter() - started

    def count(self, examples: int, tokens: int, padded: int) -> None:
        """Count a batch: its examples, the tokens of their texts, and the tokens that it is padded to in all."""
        self.examples += examples
        self.tokens += tokens
        self.padded += padded

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from what was counted before."""
        self.seconds.update(numbers["seconds"])
        self.examples, self.tokens, self.padded = numbers["examples"], numbers["tokens"], numbers["padded"]

    def speed(self, whole: float) -> Speed:
        """Sum up a training that took ``whole`` seconds."""
        training = max(self.seconds[DATA] + self.seconds[STEP], 1e-9)
        shares = {work: seconds / max(whole, 1e-9) for work, seconds in self.seconds.items()}
        return Speed(
            seconds=whole,
            examples_per_second=self.examples / training,
            tokens_per_second=self.tokens / training,
            padding_efficiency=self.tokens / max(self.padded, 1),
            shares=shares | {"other": max(0.0, 1 - sum(shares.values()))},
            waited=self._waiting.share(),
        )
