"""Where a training starts, and when it writes checkpoints; needs no torch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ftcli.checks.finding import Finding
from ftcli.engine.rungs import Rung
from ftcli.runs.folder import RunFolder

_LEAST, _BYTES_A_SECOND = 0.05, 300e6
"""What a checkpoint is taken to cost before the first is written, in seconds, and how fast disks are taken to be."""


@dataclass
class Pace:
    """When to write a checkpoint: every so many steps, or so seldom that it costs under 3 % of the time.

    Several trainings that go in step share one, so that all write after the same steps.
    """

    every: int | None = None
    _cost: float = 0.0  # seconds that all of them take to write; a guess until they have
    _written: int | None = None  # after this step
    _last: float = field(default_factory=time.perf_counter)
    _answer: tuple[int, bool] = (0, False)

    def expect(self, size: int) -> None:
        """Learn that one more training will write about so many bytes."""
        self._cost += _LEAST + size / _BYTES_A_SECOND

    def is_due(self, step: int) -> bool:
        """Whether to write one after this step; the same answer for all who ask at the same step."""
        if self.every is not None:
            return step % self.every == 0
        if step != self._answer[0]:
            self._answer = (step, time.perf_counter() - self._last > 40 * self._cost)
        return self._answer[1]

    def wrote(self, step: int, seconds: float) -> None:
        """Learn how long one of them took after this step."""
        if step != self._written:
            self._cost, self._written = 0.0, step
        self._cost += seconds
        self._last = time.perf_counter()


class Start(NamedTuple):
    """How a training begins: with ``resume`` in a run folder that is there, after ``step`` steps if that is known.

    Where it is not, the newest whole checkpoint says. What differs from the facts of the run ``like`` is told.
    In a race it pauses at ``rung``. ``warnings`` of its data are recorded.
    """

    pace: Pace
    resume: bool = False
    step: int | None = None
    like: RunFolder | None = None
    rung: Rung | None = None
    warnings: Sequence[Finding] | None = None
