"""The scores by their usual names, what chance would get, and how far a score can be trusted."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ftcli.errors import DivergedError, UsageError
from ftcli.tasks import formulas
from ftcli.tasks.formulas import Floats, Labels
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import MOST_LABELS, members, to_numbers

_CHUNK = 2**21  # numbers resampled at once: 16 MiB an array


@dataclass(frozen=True)
class Metric:
    """One score: of classes or sets of labels from counts of them, of a regression from the values."""

    name: str
    kind: Kind
    formula: Callable[..., Floats]
    higher_is_better: bool = True

    def of_samples(self, labels: Labels, predictions: Labels, classes: int) -> Floats:
        """Return the score of each sample, shape [samples], from arrays of shape [samples, examples]."""
        if self.kind == "classification":
            return self.formula(*formulas.class_counts(labels, predictions, classes))
        if self.kind == "multilabel":
            return self.formula(*formulas.label_set_counts(labels, predictions, classes))
        return self.formula(labels.astype(np.float64), predictions.astype(np.float64))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "classification", formulas.accuracy),
        Metric("balanced_accuracy", "classification", formulas.balanced_accuracy),
        Metric("f1", "classification", formulas.f1),
        Metric("precision", "classification", formulas.precision),
        Metric("recall", "classification", formulas.recall),
        Metric("matthews_correlation", "classification", formulas.matthews_correlation),
        Metric("micro_f1", "multilabel", formulas.micro_f1),
        Metric("macro_f1", "multilabel", formulas.macro_f1),
        Metric("subset_accuracy", "multilabel", formulas.subset_accuracy),
        Metric("pearson", "regression", formulas.pearson),
        Metric("spearman", "regression", formulas.spearman),
        Metric("mse", "regression", formulas.mse, higher_is_better=False),
        Metric("mae", "regression", formulas.mae, higher_is_better=False),
    )
}


def find_metric(name: str, kind: Kind) -> Metric:
    """Return the metric of that name, whatever its case; dashes count as underscores.

    Raises:
        UsageError: there is none for this kind of task; the message names the nearest.
    """
    fitting = [metric.name for metric in METRICS.values() if metric.kind == kind]
    wanted = name.strip().lower().replace("-", "_")
    if wanted in fitting:
        return METRICS[wanted]
    near = difflib.get_close_matches(wanted, fitting, n=1)
    message = f"metric '{wanted}' is not for a {kind}" if wanted in METRICS else f"unknown metric '{name}'"
    raise UsageError(
        message + (f"; did you mean '{near[0]}'?" if near else ""),
        hint=f"Metrics of a {kind}: {', '.join(fitting)}.",
    )


def score(kind: Kind, labels: Labels, predictions: Labels, *, classes: int | None = None) -> dict[str, float]:
    """Return all scores of this kind of task, by name; one that is undefined is 0.

    With two classes precision, recall and F1 are those of the last; with more, means over the classes that
    occur.

    Args:
        kind: what the numbers are.
        labels: class numbers or values, shape [examples], one at least.
        predictions: class numbers or values, shape [examples].
        classes: how many there are, if not as many as the numbers show (two at least).

    Raises:
        DivergedError: a prediction is not a finite number.
    """
    classes = _check(labels, predictions, classes)
    return {
        metric.name: float(metric.of_samples(labels[None], predictions[None], classes)[0])
        for metric in METRICS.values()
        if metric.kind == kind
    }


def majority_baseline(train_labels: Labels, labels: Labels, kind: Kind) -> dict[str, float]:
    """Return the scores of always predicting the most common class of train (its mean for a regression).

    Where an example may have several labels, those that more than half of train have are predicted.

    Args:
        train_labels: class numbers, numbers of label sets, or values, shape [training examples].
        labels: those to predict, shape [examples].
        kind: what the numbers are.
    """
    if kind == "multilabel":
        usual = int(to_numbers(members(train_labels.astype(np.int64), MOST_LABELS).mean(0) > 0.5))
        return score(kind, labels, np.full(len(labels), usual), classes=MOST_LABELS)
    if kind == "regression":
        return score(kind, labels, np.full(len(labels), train_labels.mean(dtype=np.float64)))
    most_common = int(np.bincount(train_labels.astype(np.int64)).argmax())
    classes = _class_count(train_labels, labels)
    return score(kind, labels, np.full(len(labels), most_common), classes=classes)


def confidence_interval(  # noqa: PLR0913 - only the first three say what is judged
    metric: str,
    labels: Labels,
    predictions: Labels,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    classes: int | None = None,
) -> tuple[float, float]:
    """Return the ends of a percentile bootstrap interval: the examples drawn anew, the model as it is.

    Args:
        metric: name of one of the `METRICS`.
        labels: class numbers or values, shape [examples], one at least.
        predictions: class numbers or values, shape [examples].
        level: share of the resampled scores that lies between the ends.
        resamples: how often to draw.
        seed: the same seed gives the same interval.
        classes: as for `score`.

    Raises:
        DivergedError: a prediction is not a finite number.
    """
    classes = _check(labels, predictions, classes)
    examples = len(labels)
    generator = np.random.default_rng(seed)
    at_once = max(1, _CHUNK // max(examples, classes))
    scores = []
    for start in range(0, resamples, at_once):
        rows = generator.integers(examples, size=(min(at_once, resamples - start), examples))
        scores.append(METRICS[metric].of_samples(labels[rows], predictions[rows], classes))
    low, high = np.quantile(np.concatenate(scores), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _check(labels: Labels, predictions: Labels, classes: int | None) -> int:
    """Return the number of classes; a regression has no use for it."""
    if len(labels) == 0 or labels.shape != predictions.shape:
        raise ValueError(f"labels {labels.shape} and predictions {predictions.shape} don't go together")
    if not np.isfinite(predictions).all():
        raise DivergedError("the model's predictions are not all finite numbers")
    return classes or _class_count(labels, predictions)


def _class_count(*numbers: Labels) -> int:
    whole = [each for each in numbers if each.dtype.kind == "i"]  # a regression's have a fraction: no classes
    return max([2, *(int(each.max()) + 1 for each in whole)])
