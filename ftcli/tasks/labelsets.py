"""Sets of labels as single numbers: bit k is set where label k is among them.

So the labels of a task in which an example may have several are an array of shape [examples], as those of all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_LABELS = 62
"""What a signed 64-bit number has room for."""


def to_number(members: Iterable[int]) -> int:
    """Return the number of a set.

    >>> to_number([0, 2])
    5
    """
    number = 0
    for member in members:
        number |= 1 << member
    return number


def to_numbers(has: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the numbers of sets given by their members, bool [..., labels] -> int64 [...]."""
    bits = np.left_shift(np.int64(1), np.arange(has.shape[-1], dtype=np.int64))
    return np.asarray((has * bits).sum(-1), np.int64)


def members(numbers: NDArray[np.int64], labels: int) -> NDArray[np.bool_]:
    """Return which labels each set holds, int64 [...] -> bool [..., labels]."""
    shifts = np.arange(labels, dtype=np.int64)
    return np.asarray((np.asarray(numbers, np.int64)[..., None] >> shifts) & 1, np.bool_)


def names_in(number: int, names: Sequence[str]) -> list[str]:
    """Return the names of a set's members, in their order.

    >>> names_in(5, ["red", "green", "blue"])
    ['red', 'blue']
    """
    return [name for place, name in enumerate(names) if number >> place & 1]
