"""Whether more labels would help more than more tuning, as far as the cheap baseline can tell.

The linear model is fitted on growing parts of train, each drawn with several seeds, and judged on dev. What the last
doubling brought is the best guess of what the next may bring, which is rather less: such curves flatten. Beside it
stands what tuning brings: the same model with its penalty chosen by cross-validation on train.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ftcli.baselines.linear import STRENGTH, Answers, bounded, fit_linear
from ftcli.compare.difference import FEWEST_SEEDS, Study, difference, interval
from ftcli.compare.resampling import ExampleDraws
from ftcli.compare.statistics import Floats
from ftcli.errors import DataError
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.formulas import Labels
from ftcli.tasks.metrics import METRICS, Metric
from ftcli.tasks.splits import subset

_SEEDS = FEWEST_SEEDS
_SMALLEST = 50
_MOST_SIZES = 7
_FOLDS = 5
_STRENGTHS = (STRENGTH, 0.1, 1.0, 100.0, 1000.0)


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True)


class Point(Part):
    """What the baseline scores with so many training examples."""

    size: int
    scores: list[float] = Field(description="one for each seed that the examples were drawn with")
    mean: float


class Gain(Part):
    """By how much a score gets better, with its 95% interval over draws of train and examples of dev."""

    gain: float
    low: float
    high: float

    @property
    def is_proven(self) -> bool:
        """Whether the interval lies above nothing at all."""
        return self.low > 0


class LearningCurve(Part):
    """The curve of the baseline, what its last doubling brought, and what tuning brings."""

    metric: str
    points: list[Point]
    doubling: Gain
    tuning: Gain
    strength: float = Field(description="the inverse of the penalty that cross-validation on train chose")


def learning_curve(dataset: Dataset) -> LearningCurve:
    """Fit the baseline on half of train, a quarter, and so on, five times each, and once with its penalty tuned.

    Raises:
        DataError: train is too small, or there is nothing to fit.
    """
    judge = _Judge(dataset)
    train = bounded(dataset.splits["train"], dataset.kind)
    smallest = max(_SMALLEST, 2 * len(dataset.label_names))
    if len(train) < 2 * smallest:
        raise DataError(
            f"a learning curve takes {2 * smallest} training examples at least, and there are {len(train)}",
            hint="Leave --learning-curve out, or add examples.",
        )
    sizes = [len(train) // 2**power for power in range(_MOST_SIZES) if len(train) // 2**power >= smallest]
    studies = {size: judge.study(_drawn(train, size, dataset)) for size in reversed(sizes)}
    whole, half = studies[sizes[0]], studies[sizes[1]]
    strength = _tuned(dataset, train)
    return LearningCurve(
        metric=dataset.metric,
        points=[
            Point(size=size, scores=study.scores.tolist(), mean=float(study.scores.mean()))
            for size, study in studies.items()
        ],
        doubling=judge.gain(whole, half),
        tuning=judge.gain(judge.study([train] * _SEEDS, strength), whole),
        strength=strength,
    )


class _Judge:
    """Judges fitted baselines on dev, on the same samples of it each time."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset, self._dev = dataset, dataset.splits["dev"]
        assert self._dev.labels is not None
        self._classes = len(dataset.label_names)
        self._metric: Metric = METRICS[dataset.metric]
        self._draws = ExampleDraws(self._dev.labels, self._classes)

    def study(self, parts: list[Examples], strength: float = STRENGTH) -> Study:
        """Fit on each part of train (once, where they are one and the same)."""
        if all(part is parts[0] for part in parts):
            answers = [_answers(self._dataset, parts[0], self._dev, strength)] * len(parts)
        else:
            answers = [_answers(self._dataset, part, self._dev, strength) for part in parts]
        assert self._dev.labels is not None
        scores = [_score(self._metric, self._dev.labels, each, self._classes) for each in answers]
        return Study(np.array(scores), np.stack([self._draws.scores(self._metric, each) for each in answers]))

    def gain(self, ours: Study, theirs: Study) -> Gain:
        """Return by how much ours is better."""
        estimate, (low, high) = difference(ours, theirs).estimate, _interval(ours, theirs)
        if not self._metric.higher_is_better:
            estimate, low, high = -estimate, -high, -low
        return Gain(gain=estimate, low=low, high=high)


def _interval(ours: Study, theirs: Study) -> tuple[float, float]:
    assert ours.resampled is not None
    assert theirs.resampled is not None
    if np.array_equal(ours.resampled, theirs.resampled):
        return 0.0, 0.0  # the very same answers: there is no spread to measure
    return interval(ours, theirs)


def _drawn(train: Examples, size: int, dataset: Dataset) -> list[Examples]:
    if size == len(train):
        return [train] * _SEEDS
    return [subset(train, size, dataset.kind, seed=seed) for seed in range(_SEEDS)]


def _answers(dataset: Dataset, train: Examples, examples: Examples, strength: float) -> Answers:
    model = fit_linear(dataset, train, strength=strength)
    if model is None:
        raise DataError("there is nothing that a linear model could learn", hint="Leave --learning-curve out.")
    return model.predict(examples)


def _tuned(dataset: Dataset, train: Examples) -> float:
    """Return the strength that does best in cross-validation on train; the usual one in a tie."""
    assert train.labels is not None
    metric, classes = METRICS[dataset.metric], len(dataset.label_names)
    folds = _folds(train.labels)
    sign = 1 if metric.higher_is_better else -1

    def score(strength: float) -> float:
        order = np.argsort(folds, kind="stable")
        parts = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(_FOLDS)]
        found = [_answers(dataset, train.take(rest), train.take(held), strength) for rest, held in parts]
        assert train.labels is not None
        return sign * _score(metric, train.labels[order], cast(Answers, np.concatenate(found)), classes)

    return max(_STRENGTHS, key=score)


def _folds(labels: Labels) -> NDArray[np.int64]:
    """Deal the examples out to folds, those of each label (or of near values) alike, shape [examples]."""
    order = np.lexsort((np.random.default_rng(0).random(len(labels)), labels))
    folds = np.empty(len(labels), np.int64)
    folds[order] = np.arange(len(labels)) % _FOLDS
    return folds


def _score(metric: Metric, labels: Labels, answers: Answers, classes: int) -> float:
    found: Floats = metric.of_samples(labels[None], answers[None], max(classes, 2))
    return float(found[0])
