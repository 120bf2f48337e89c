"""k-fold cross-validation: train cut into parts, each of which is the dev set once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ftcli.errors import DataError, UsageError
from ftcli.tasks.dataset import Examples
from ftcli.tasks.kind import Kind
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.splits import Rows, classes_of

MOST_QUANTILES = 10


class Fold(NamedTuple):
    """Which part is held out, from 1 on, and of how many; the same seed gives the same parts."""

    number: int
    folds: int
    seed: int


def hold_out(train: Examples, kind: Kind, groups: Sequence[str] | None, fold: Fold) -> tuple[Examples, Examples]:
    """Return what is learned from in one fold and what is held out, both in the order of the file.

    The parts have the shares of the labels (of their quantiles for a regression), as far as whole groups allow.

    Args:
        train: all examples.
        kind: what their labels are.
        groups: the group of each example: none is in two parts; None where each example stands for itself.
        fold: the part to hold out.

    Raises:
        UsageError: there are too few examples or groups for so many folds.
        DataError: an example has no group, or is the only one of its label.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    number, folds, seed = fold
    _check_size(len(train), "examples", folds)
    strata = _strata(train, kind, folds)
    if groups is None:
        parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    else:
        _check_groups(train, groups, folds)
        parts = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare label is not in every part: so be it
        kept, held_out = list(parts.split(strata, strata, groups))[number - 1]
    if len(kept) < 2 or len(held_out) == 0:
        raise DataError(
            f"--folds {folds}: no example is left on one side of fold {number}",
            hint="The groups are too different in size: take fewer folds.",
        )
    return train.take(kept), train.take(held_out)


def _strata(train: Examples, kind: Kind, folds: int) -> Rows:
    assert train.labels is not None
    if kind == "regression":
        ranks = np.argsort(np.argsort(train.labels, kind="stable"), kind="stable")
        return np.asarray(ranks * min(MOST_QUANTILES, len(train) // folds) // len(train), np.int64)
    classes = classes_of(train, kind)
    counts = np.bincount(classes)
    if kind == "classification":
        if (alone := np.flatnonzero(counts[classes] == 1)).size:
            hint = "A fold needs one to learn from and one to judge on: add examples of the label, or take it out."
            raise _row_error(train, int(alone[0]), "the only example of its label", hint)
        _check_size(int(counts.max()), "examples of any label", folds)
    return classes if counts.max() >= folds else np.zeros_like(classes)


def _check_groups(train: Examples, groups: Sequence[str], folds: int) -> None:
    for row, group in enumerate(groups):
        if not group.strip():
            raise _row_error(train, row, "the group is empty", "Give each row a group, or leave --group-column out.")
    _check_size(len(set(groups)), "groups", folds)


def _check_size(count: int, what: str, folds: int) -> None:
    if count < folds:
        raise UsageError(f"--folds {folds}: there are only {count} {what}", hint="Take fewer folds.")


def _row_error(train: Examples, row: int, message: str, hint: str) -> DataError:
    if train.path is None or train.lines is None:
        return DataError(f"example {train.ids[row]}: {message}", hint=hint)
    return file_error(train.path, train.lines[row], message, hint)
