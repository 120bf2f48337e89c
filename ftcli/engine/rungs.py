"""Where the runs of a race pause, so that the weaker half of them can stop; needs no torch."""

from __future__ import annotations

import math
from typing import NamedTuple


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
