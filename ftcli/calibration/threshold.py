"""The probability from which on a label is given, the last of two or each of several, chosen for a metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import RunError, UsageError
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import members, to_numbers
from ftcli.tasks.metrics import METRICS, Metric

DEFAULT = 0.5
_ROUNDS = 100

Threshold = float | dict[str, float]
"""One for the last of two labels, or for all of several; or one for each of several, by name."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tuned:
    """Thresholds, one for each column of the probabilities, and the score with them and with the usual one half."""

    thresholds: tuple[float, ...]
    score: float
    default_score: float


def check_threshold(option: str, kind: Kind, labels: int) -> None:
    """Check that a threshold has a meaning: there are two labels, or several an example.

    Args:
        option: what asks for it.
        kind: what the model answers.
        labels: how many there are.

    Raises:
        UsageError: there are more than two labels, of which an example has one, or none at all.
    """
    if kind == "regression":
        raise UsageError(f"{option}: a regression gives a number, and no probability that could reach a threshold")
    if kind == "classification" and labels != 2:
        raise UsageError(
            f"{option}: with one of {labels} labels an example the likeliest is given, and a threshold has no standard "
            "meaning",
            hint="Leave it out. Thresholds are for two labels, and for several labels an example (--label-separator).",
        )


def tune_thresholds(probabilities: Floats, labels: NDArray[np.int64], metric: str) -> Tuned:
    """Return the thresholds that coordinate ascent from one half comes to.

    One label after the other, in their order, takes the threshold with the best score under those that the others have
    by then; of equally good ones the nearest to one half. Rounds over all labels follow until one changes nothing. So a
    single threshold is the best there is; of several none could be bettered alone, though some together might be.

    Tried are one half, the middle between each two neighbours among the label's probabilities, and what gives the label
    to all examples, or to none.

    Args:
        probabilities: of each label, shape [examples, labels]; of two classes that of the last, shape [examples, 1].
        labels: numbers of label sets, shape [examples]; of two classes their numbers, 0 or 1.
        metric: name of a metric of label sets, or of classes.
    """
    subject = _Subject(METRICS[metric], members(labels, probabilities.shape[1]), probabilities)
    given = probabilities >= DEFAULT
    candidates = [_candidates(own) for own in probabilities.T]
    thresholds = [DEFAULT] * len(candidates)
    default = subject.metric.of_samples(labels[None], to_numbers(given)[None], max(2, len(candidates)))
    default_score = score = float(default[0])
    for _ in range(_ROUNDS):
        before = list(thresholds)
        for label, values in enumerate(candidates):
            scores = _scores(subject, given, label, values)
            best = int(scores.argmax())  # the first of equal ones
            thresholds[label], score = float(values[best]), float(scores[best])
            given[:, label] = probabilities[:, label] >= values[best]
        if thresholds == before:
            break
    return Tuned(tuple(thresholds), score, default_score)


def by_label(thresholds: Sequence[float], names: Sequence[str]) -> Threshold:
    """Return tuned thresholds as a run keeps them."""
    return thresholds[0] if len(thresholds) == 1 else dict(zip(names, thresholds, strict=True))


def in_order(threshold: Threshold | None, names: Sequence[str]) -> tuple[float, ...] | None:
    """Return a threshold for each of these labels, or one for all; None where there is none.

    Raises:
        RunError: they are thresholds of other labels.
    """
    if not isinstance(threshold, dict):
        return None if threshold is None else (threshold,)
    if set(threshold) != set(names):
        raise RunError(
            f"the tuned thresholds are for other labels ({', '.join(threshold)}) than the model's ({', '.join(names)})",
            hint="Tune them anew: ftcli eval RUN --tune-threshold",
        )
    return tuple(threshold[name] for name in names)


def at_temperature(threshold: Threshold, temperature: float) -> Threshold:
    """Return the threshold on calibrated probabilities that divides the examples as this one does without."""
    from scipy.special import expit, logit

    if isinstance(threshold, dict):
        return {name: float(expit(logit(each) / temperature)) for name, each in threshold.items()}
    return float(expit(logit(threshold) / temperature))


@dataclass(frozen=True)
class _Subject:
    """What is tuned: which labels there are, and how probable each is, both of shape [examples, labels]."""

    metric: Metric
    has: NDArray[np.bool_]
    probabilities: Floats


def _candidates(probabilities: Floats) -> Floats:
    """Return what thresholds of a label are tried, the nearest to one half first."""
    values = np.unique(probabilities)
    ends = [values[0] / 2, (values[-1] + 1) / 2]
    candidates = np.concatenate([[DEFAULT], (values[:-1] + values[1:]) / 2, ends])
    return candidates[np.argsort(np.abs(candidates - DEFAULT), kind="stable")]


def _scores(subject: _Subject, given: NDArray[np.bool_], label: int, thresholds: Floats) -> Floats:
    """Return the score with each of some thresholds for one label, and the other labels given as they are.

    All follow from counts, and the counts from sorting the label's probabilities once.

    Args:
        subject: what is tuned.
        given: which labels are given so far, shape [examples, labels].
        label: the one with other thresholds.
        thresholds: shape [thresholds].

    Returns:
        An array of shape [thresholds].
    """
    has, probabilities = subject.has, subject.probabilities[:, label]
    order = np.argsort(probabilities)
    below = np.searchsorted(probabilities[order], thresholds)

    def reaching(some: NDArray[np.bool_]) -> Floats:
        """Count those of some examples that reach each threshold."""
        counts = np.concatenate([[0], np.cumsum(some[order])])
        return np.asarray(counts[-1] - counts[below], np.float64)

    own, right = has[:, label], has == given
    right[:, label] = True
    if_given, if_not = right.all(-1) & own, right.all(-1) & ~own
    correct, actual, predicted = (
        np.tile(each.sum(0).astype(np.float64), (len(thresholds), 1)) for each in (has & given, has, given)
    )
    correct[:, label], predicted[:, label] = reaching(own), reaching(np.ones_like(own))
    exact = (reaching(if_given) + if_not.sum() - reaching(if_not)) / len(own)
    return subject.metric.of_label_counts(correct, actual, predicted, exact, len(own))
