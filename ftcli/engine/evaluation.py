"""What a model scores on a split, and the files that say so."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.baselines.linear import LinearModel, fit_linear
from ftcli.engine.prediction import Predictions
from ftcli.runs.evaluation import Evaluation, Interval
from ftcli.runs.files import write_json, write_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_no_links
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import names_in
from ftcli.tasks.metrics import confidence_interval, majority_baseline

_LEVEL = 0.95
_DIGITS = 6


@dataclass(frozen=True)
class Judge:
    """Judges predictions by a data set's metric and labels; the baselines know train."""

    dataset: Dataset

    def judge(self, predictions: Predictions, split: str, examples: Examples) -> Evaluation:
        """Return all scores on a labelled split, with a bootstrap interval of the main one."""
        data = self.dataset
        assert examples.labels is not None
        low, high = confidence_interval(
            data.metric, examples.labels, predictions.answers, level=_LEVEL, classes=len(data.label_names) or None
        )
        return Evaluation(
            task=data.task,
            split=split,
            examples=len(examples),
            loss=_finite(predictions.loss(examples.labels)),
            metric=data.metric,
            metrics={name: _finite(value) for name, value in predictions.metrics(examples.labels).items()},
            interval=Interval(level=_LEVEL, low=_finite(low), high=_finite(high)),
            majority=self._majority(examples.labels),
            linear=self._linear.scores(data, examples) if self._linear else None,
            confusion=self._confusion(examples.labels, predictions),
            label_names=list(data.label_names),
        )

    def lines(self, predictions: Predictions, examples: Examples) -> Iterator[str]:
        """Yield a JSON line for each example: id, label where there is one, prediction, probabilities."""
        names = self.dataset.label_names
        for row, answer in enumerate(answers(predictions, examples.ids, names)):
            line: dict[str, object] = {"id": answer.pop("id")}
            if examples.labels is not None:
                line["label"] = named(examples.labels[row], names, self.dataset.kind)
            yield json.dumps(line | answer, ensure_ascii=False) + "\n"

    def write(
        self, run: RunFolder, name: str, predictions: Predictions, examples: Examples, split: str
    ) -> Evaluation | None:
        """Write ``evaluations/<name>.json`` (where there are labels) and ``<name>.predictions.jsonl``.

        Raises:
            RunError: the folder is a symbolic link.
        """
        ensure_no_links(run.evaluations)
        run.evaluations.mkdir(parents=True, exist_ok=True)
        write_text(run.predictions(name), "".join(self.lines(predictions, examples)))
        if examples.labels is None:
            return None
        evaluation = self.judge(predictions, split, examples)
        write_json(run.evaluation(name), evaluation.model_dump(mode="json"))
        return evaluation

    @cached_property
    def _linear(self) -> LinearModel | None:
        return fit_linear(self.dataset)

    def _majority(self, labels: NDArray[np.int64] | NDArray[np.float32]) -> dict[str, float | None]:
        train = self.dataset.splits["train"].labels
        assert train is not None
        return dict(majority_baseline(train, labels, self.dataset.kind))

    def _confusion(
        self, labels: NDArray[np.int64] | NDArray[np.float32], predictions: Predictions
    ) -> list[list[int]] | None:
        if self.dataset.kind != "classification":
            return None
        classes = len(self.dataset.label_names)
        pairs = labels.astype(np.int64) * classes + predictions.answers.astype(np.int64)
        counts: list[list[int]] = np.bincount(pairs, minlength=classes**2).reshape(classes, classes).tolist()
        return counts


def answers(predictions: Predictions, ids: Sequence[str], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what each example was given: id, prediction and, where there are labels, the probability of each."""
    probabilities = predictions.probabilities if names else None
    for row, (identifier, found) in enumerate(zip(ids, predictions.answers, strict=True)):
        answer: dict[str, Any] = {"id": identifier, "prediction": named(found, names, predictions.kind)}
        if probabilities is not None:
            shares = zip(names, probabilities[row], strict=True)
            answer["probabilities"] = {name: round(float(share), _DIGITS) for name, share in shares}
        yield answer


def named(answer: np.int64 | np.float32, names: Sequence[str], kind: Kind) -> str | list[str] | float:
    """Return an answer as files have it: a label's name, the names in a set, or a number."""
    if kind == "regression":
        return round(float(answer), _DIGITS)
    return names_in(int(answer), names) if kind == "multilabel" else names[int(answer)]


def _finite(value: float | None) -> float | None:
    """Return what a diverged model may score, too: None where it is not a number."""
    return value if value is not None and math.isfinite(value) else None
