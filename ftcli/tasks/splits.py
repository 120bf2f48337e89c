"""Drawing subsets of train that keep the shares of the classes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError, UsageError
from ftcli.tasks.dataset import Examples
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import MOST_LABELS, members

Rows = NDArray[np.int64]
Purpose = Literal["dev", "train_size", "select"]

# Each purpose draws from a stream of its own, so that adding one does not change what another draws.
_STREAMS: dict[Purpose, int] = {"dev": 0, "train_size": 1, "select": 2}


def subset(train: Examples, size: int, kind: Kind = "classification", *, seed: int) -> Examples:
    """Return `size` of the examples in the order of the file, the shares of the classes kept.

    Raises:
        UsageError: there are fewer examples, or more classes.
    """
    if size > len(train):
        raise UsageError(
            f"--train-size {size} is more than the {len(train)} training examples there are",
            hint="What is set aside as dev set does not count.",
        )
    classes = classes_of(train, kind)
    least = max(2, len(np.unique(classes)))
    if size < least:
        raise UsageError(f"--train-size {size} is too small: each class needs an example, which takes {least}")
    return train.take(draw_subset(classes, size, seed=seed, purpose="train_size"))


def set_aside(
    train: Examples, fraction: float, kind: Kind = "classification", *, seed: int, purpose: Purpose
) -> tuple[Examples, Examples]:
    """Return what stays in train and what is set aside, both in the order of the file.

    Raises:
        DataError: there are too few examples for two parts.
    """
    kept, aside = draw_share(classes_of(train, kind), fraction, seed=seed, purpose=purpose)
    if len(aside) == 0 or len(kept) < 2:
        instead = "give a dev set with --dev-file" if purpose == "dev" else "leave --select-fraction out"
        raise DataError(
            f"{len(train)} training examples are too few to set a {purpose} set aside",
            hint=f"A class needs two examples to be on both sides: add some, or {instead}.",
        )
    return train.take(kept), train.take(aside)


def classes_of(examples: Examples, kind: Kind) -> Rows:
    """Return the class of each example, shape [examples]; those of a regression are all of one class.

    Of several labels the rarest counts, so that rare ones are on both sides.
    """
    if examples.labels is None or examples.labels.dtype != np.int64:
        return np.zeros(len(examples), np.int64)
    labels = np.asarray(examples.labels, np.int64)
    return _rarest(labels) if kind == "multilabel" else labels


def _rarest(sets: Rows) -> Rows:
    """Return the rarest label in each set, counted from 1; 0 for an empty one."""
    has = members(sets, MOST_LABELS)
    counts = np.where(has, has.sum(0), len(sets) + 1)
    return np.where(has.any(-1), counts.argmin(-1) + 1, 0)


def draw_subset(classes: Rows, size: int, *, seed: int, purpose: Purpose) -> Rows:
    """Return `size` rows in ascending order: the shares of the classes kept, each with one row at least.

    Args:
        classes: class number of each example, shape [examples]; all alike for a plain random subset.
        size: at least the number of classes that occur, at most the number of examples.
        seed: the same seed, classes and size give the same rows.
        purpose: what the draw is for.
    """
    counts = np.bincount(classes)
    sizes = allocate(counts, size, np.minimum(counts, 1), counts)
    return _draw(classes, sizes, seed, purpose)


def draw_share(classes: Rows, fraction: float, *, seed: int, purpose: Purpose) -> tuple[Rows, Rows]:
    """Return the rows that stay and those set aside, about `fraction` of all, each in ascending order.

    A class with two examples or more has some on both sides, even where that takes more than `fraction`;
    a class with one example stays. The second part is empty where no class has two.

    Args:
        classes: class number of each example, shape [examples]; all alike for a plain random split.
        fraction: share to set aside, between 0 and 1.
        seed: the same seed, classes and fraction give the same rows.
        purpose: what the draw is for.
    """
    counts = np.bincount(classes)
    least = (counts >= 2).astype(np.int64)
    most = np.maximum(counts - 1, 0)
    size = min(max(round(fraction * len(classes)), int(least.sum())), int(most.sum()))
    aside = _draw(classes, allocate(counts, size, least, most), seed, purpose)
    return np.setdiff1d(np.arange(len(classes)), aside, assume_unique=True), aside


def allocate(counts: Rows, size: int, least: Rows, most: Rows) -> Rows:
    """Share `size` among the classes in proportion to `counts`, by largest remainders within bounds.

    Args:
        counts: examples of each class, shape [classes].
        size: between the sums of `least` and `most`.
        least: fewest that each class may get, shape [classes].
        most: most that each class may get, shape [classes].
    """
    total = int(counts.sum())
    if total == 0:
        return np.zeros_like(counts)
    wanted = counts * size  # in units of 1/total: exact
    sizes = np.clip(wanted // total, least, most)
    while (short := size - int(sizes.sum())) != 0:
        remainders = (wanted - sizes * total).astype(np.float64)
        if short > 0:
            sizes[np.argmax(np.where(sizes < most, remainders, -np.inf))] += 1
        else:
            sizes[np.argmin(np.where(sizes > least, remainders, np.inf))] -= 1
    return sizes


def _draw(classes: Rows, sizes: Rows, seed: int, purpose: Purpose) -> Rows:
    generator = np.random.default_rng([seed, _STREAMS[purpose]])
    drawn = np.zeros(len(classes), dtype=np.bool_)
    for number, size in enumerate(sizes):
        drawn[generator.permutation(np.flatnonzero(classes == number))[:size]] = True
    return np.flatnonzero(drawn)
