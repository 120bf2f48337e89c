"""Where the runs of a race pause, so that the weaker half of them can stop; needs no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ftcli.engine.plan import Plan


class Rung(NamedTuple):
    """The place of a race, counted from 0, at which its runs pause; beyond the last they go on to the end."""

    number: int
    seeds: int


def rungs(evaluations: int, seeds: int) -> list[int]:
    """Return after how many of a training's evaluations half of the seeds stop.

    With each halving the evaluations that the others get double, so that each round costs about the same:

    >>> rungs(20, 16), rungs(3, 16), rungs(20, 2), rungs(1, 8)
    ([2, 3, 5, 10], [1, 2], [10], [])
    """
    halvings = math.ceil(math.log2(seeds))
    return sorted({math.ceil(evaluations / 2**each) for each in range(1, halvings + 1)} - {evaluations})


def pauses(plan: Plan, seeds: int) -> list[int]:
    """Return after how many steps of a plan the runs of a race pause: at ends of epochs, of the main steps alone."""
    every = plan.context.steps_per_epoch
    evaluated = [*range(plan.main_from + every, plan.steps, every), plan.steps]
    return [evaluated[place - 1] for place in rungs(len(evaluated), seeds)]


def share_of_steps(paused_at: Sequence[int], steps: int, seeds: int) -> float:
    """Return what a race takes of the steps that all seeds would take to their ends.

    >>> share_of_steps([1, 2, 3, 5], 10, 16)
    0.23125
    """
    left, taken = seeds, 0
    for start, end in pairwise([0, *paused_at, steps]):
        taken += left * (end - start)
        left = -(-left // 2)
    return taken / (seeds * steps)
