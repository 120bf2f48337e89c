"""The formulas of the metrics, for many samples at once: the bootstrap needs a thousand of each.

Scikit-learn and SciPy give the same values for one sample (the tests compare them), but a thousand calls take
seconds, and where a score is undefined they warn or return nan: here it is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64] | NDArray[np.float32] | NDArray[np.float64]


def class_counts(labels: Labels, predictions: Labels, classes: int) -> tuple[Floats, Floats, Floats]:
    """Count the examples of each class: predicted rightly, of that class, and predicted as that class.

    Args:
        labels: class numbers, shape [samples, examples].
        predictions: class numbers, shape [samples, examples].
        classes: more than the largest class number.

    Returns:
        Three arrays of shape [samples, classes]; every score of a classification follows from them.
    """
    samples = len(labels)
    offsets = np.arange(samples)[:, None] * classes
    actual, predicted = labels.astype(np.int64) + offsets, predictions.astype(np.int64) + offsets

    def count(numbers: NDArray[np.int64]) -> Floats:
        return np.bincount(numbers, minlength=samples * classes).reshape(samples, classes).astype(np.float64)

    return count(actual[actual == predicted]), count(actual.ravel()), count(predicted.ravel())


def two_class_counts(
    correct: Floats, actual: Floats, predicted: Floats, examples: int
) -> tuple[Floats, Floats, Floats]:
    """Return what `class_counts` does of two classes, from the counts of the last, each of shape [samples, 1]."""
    first = examples - actual - predicted + correct, examples - actual, examples - predicted
    both = [np.concatenate(pair, axis=-1) for pair in zip(first, (correct, actual, predicted), strict=True)]
    return both[0], both[1], both[2]


def label_set_counts(labels: Labels, predictions: Labels, classes: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Count the examples with each label: predicted rightly, labelled so, predicted so; and those with the right set.

    Args:
        labels: numbers of label sets, shape [samples, examples].
        predictions: the same, predicted.
        classes: how many labels there are.

    Returns:
        Three arrays of shape [samples, classes], and the share of right sets, [samples].
    """
    sets, predicted = labels.astype(np.int64), predictions.astype(np.int64)

    def count(numbers: NDArray[np.int64]) -> Floats:
        return np.stack([(numbers >> place & 1).sum(-1) for place in range(classes)], axis=-1).astype(np.float64)

    return count(sets & predicted), count(sets), count(predicted), np.asarray((sets == predicted).mean(-1))


def micro_f1(correct: Floats, actual: Floats, predicted: Floats, _exact: Floats) -> Floats:
    """F1 of all labels together, shape [samples]; like the next two, of what `label_set_counts` returns."""
    return _divide(2 * correct.sum(-1), (actual + predicted).sum(-1))


def macro_f1(correct: Floats, actual: Floats, predicted: Floats, _exact: Floats) -> Floats:
    """Mean F1 of the labels that occur on either side."""
    return _divide(_divide(2 * correct, actual + predicted).sum(-1), (actual + predicted > 0).sum(-1))


def subset_accuracy(_correct: Floats, _actual: Floats, _predicted: Floats, exact: Floats) -> Floats:
    """Share of examples whose labels are all right."""
    return exact


def accuracy(correct: Floats, actual: Floats, _predicted: Floats) -> Floats:
    """Share of right predictions, shape [samples]; like all below, of what `class_counts` returns."""
    return np.asarray(correct.sum(-1) / actual.sum(-1))


def balanced_accuracy(correct: Floats, actual: Floats, _predicted: Floats) -> Floats:
    """Mean recall of the classes that occur among the labels."""
    return _divide(_divide(correct, actual).sum(-1), (actual > 0).sum(-1))


def precision(correct: Floats, actual: Floats, predicted: Floats) -> Floats:
    """Share of rightly predicted examples among those predicted so."""
    return _average(_divide(correct, predicted), actual, predicted)


def recall(correct: Floats, actual: Floats, predicted: Floats) -> Floats:
    """Share of rightly predicted examples among those labelled so."""
    return _average(_divide(correct, actual), actual, predicted)


def f1(correct: Floats, actual: Floats, predicted: Floats) -> Floats:
    """Harmonic mean of precision and recall."""
    return _average(_divide(2 * correct, actual + predicted), actual, predicted)


def matthews_correlation(correct: Floats, actual: Floats, predicted: Floats) -> Floats:
    """Correlation of labels and predictions (Gorodkin's R_K for more than two classes)."""
    total = actual.sum(-1)
    covariance = correct.sum(-1) * total - (actual * predicted).sum(-1)
    spread = [total**2 - (counts**2).sum(-1) for counts in (actual, predicted)]
    return _divide(covariance, np.sqrt(spread[0] * spread[1]))


def pearson(labels: Floats, predictions: Floats) -> Floats:
    """Linear correlation along the last axis; 0 where one side is constant."""
    left, right = _centred(labels), _centred(predictions)
    norms = np.sqrt((left**2).sum(-1) * (right**2).sum(-1))
    return np.clip(_divide((left * right).sum(-1), norms), -1, 1)


def spearman(labels: Floats, predictions: Floats) -> Floats:
    """Correlation of the ranks along the last axis, ties at their mean rank."""
    from scipy.stats import rankdata

    return pearson(rankdata(labels, axis=-1), rankdata(predictions, axis=-1))


def mse(labels: Floats, predictions: Floats) -> Floats:
    """Mean squared error along the last axis."""
    return np.asarray(((labels - predictions) ** 2).mean(-1))


def mae(labels: Floats, predictions: Floats) -> Floats:
    """Mean absolute error along the last axis."""
    return np.asarray(np.abs(labels - predictions).mean(-1))


def _average(scores: Floats, actual: Floats, predicted: Floats) -> Floats:
    """Take the last class of two, else the mean over the classes that occur on either side."""
    if scores.shape[-1] == 2:
        return scores[..., -1]
    return _divide(scores.sum(-1), (actual + predicted > 0).sum(-1))


def _centred(values: Floats) -> Floats:
    """Subtract the mean and scale to at most 1, so that squares neither overflow nor vanish."""
    # A constant is asked for outright: its mean may differ from it by a rounding, and that would correlate.
    constant = np.ptp(values, axis=-1, keepdims=True) == 0
    centred = np.where(constant, 0.0, values - values.mean(-1, keepdims=True))
    return _divide(centred, np.abs(centred).max(-1, keepdims=True))


def _divide(numerator: Floats, denominator: Floats | NDArray[np.int64]) -> Floats:
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator != 0)
