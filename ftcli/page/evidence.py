"""What the page shows beyond the comparison: learning curves, confusion, calibration, and each example's answers."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from ftcli.calibration.reliability import BINS, bin_of
from ftcli.compare.report import Group, Table
from ftcli.errors import RunError
from ftcli.page.timing import Times, times_of
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.files import read_text
from ftcli.runs.folder import RunFolder

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A measure after each evaluation: epochs, and mean and standard deviation over the runs that got there."""

    epochs: Floats
    mean: Floats
    deviation: Floats


@dataclass(frozen=True)
class Calibration:
    """Of all predictions of a recipe, by confidence: the mean confidence and the accuracy of each bin that has any.

    Where an example may have several labels, each of them, given or not, counts as a prediction.
    """

    confidence: Floats
    accuracy: Floats
    expected_error: float


@dataclass
class Evidence:
    """What is known of one recipe beside its scores.

    Of each example: how many runs judged it, and wrongly; what they said, and how sure they were of it, added up.
    """

    group: Group
    score: Curve | None = None
    loss: Curve | None = None
    label_names: Sequence[str] = ()
    confusion: Floats | None = None
    calibration: Calibration | None = None
    times: Times | None = None
    judged: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    said: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    confidence: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    labels: dict[str, str] = field(default_factory=dict)


def gather(table: Table) -> list[Evidence]:
    """Read the files of all finished runs of a task.

    Raises:
        RunError: one is damaged; the message names it.
    """
    return [_gather(group, table) for group in table.groups]


def _gather(group: Group, table: Table) -> Evidence:
    found = Evidence(group)
    runs = [RunFolder(run.path) for run in group.runs if run.score is not None]
    evaluations = [each for run in runs if (each := run.score(table.split)) is not None]
    found.score, found.loss = _curves(runs, table.metric or "")
    found.label_names = evaluations[0].label_names if evaluations else ()
    found.confusion = _confusion(evaluations)
    found.times = times_of(runs)
    bins = np.zeros((3, BINS))
    for run in runs:
        decisions: list[tuple[float, bool]] = []
        for line in _lines(run, table.split):
            found.labels[line["id"]] = _shown(line["label"])
            if found.label_names:
                wrong = line["label"] != line["prediction"]
                found.judged[line["id"]] += 1
                found.wrong[line["id"]] += wrong
                found.said[line["id"]][_shown(line["prediction"])] += 1
                if line["decisions"]:
                    decisions += line["decisions"]
                    sure = sum(confidence for confidence, _ in line["decisions"]) / len(line["decisions"])
                    found.confidence[line["id"]] += sure
        bins += _binned(decisions)
    found.calibration = _calibration(bins)
    return found


def _lines(run: RunFolder, split: str) -> Iterator[dict[str, Any]]:
    path = run.predictions(split)
    if not path.is_file():
        return
    for place, text in enumerate(read_text(path).splitlines(), start=1):
        try:
            line = from_json(text)
            line["id"], line["label"], line["prediction"]
            line["decisions"] = list(_decisions(line)) if "probabilities" in line else []
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}, line {place}: not a prediction with its label ({error})") from error
        yield line


def _decisions(line: dict[str, Any]) -> Iterator[tuple[float, bool]]:
    """Yield the confidence of what can be right or wrong by itself, and whether it is right."""
    label, given, probabilities = line["label"], line["prediction"], line["probabilities"]
    if not isinstance(given, list):
        yield float(probabilities[given]), given == label
        return
    for name, probability in probabilities.items():
        yield float(probability if name in given else 1 - probability), (name in given) == (name in label)


def _shown(label: object) -> str:
    return ", ".join(map(str, label)) if isinstance(label, list) else str(label)


def _curves(runs: Sequence[RunFolder], metric: str) -> tuple[Curve | None, Curve | None]:
    scores: dict[float, list[float]] = {}
    losses: dict[float, list[float]] = {}
    for run in runs:
        for entry in _measured(run):
            _note(scores, entry["epoch"], entry["metrics"].get(metric))
            _note(losses, entry["epoch"], entry["loss"])
    return _curve(scores), _curve(losses)


def _note(values: dict[float, list[float]], epoch: float, value: float | None) -> None:
    """Put a value to those of its epoch; what is not defined, or no number, is left out."""
    if value is not None and math.isfinite(value):
        values.setdefault(epoch, []).append(value)


def _measured(run: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield the evaluations during a training."""
    if not run.metrics.is_file():
        return
    for place, text in enumerate(read_text(run.metrics).splitlines(), start=1):
        try:
            entry = json.loads(text)
            if entry["split"] != "train":
                float(entry["epoch"]), float(entry["loss"] or 0), dict(entry["metrics"])
                yield entry
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{run.metrics}, line {place}: not a measurement ({error})") from error


def _curve(values: dict[float, list[float]]) -> Curve | None:
    if not values:
        return None
    epochs = sorted(values)
    means = [float(np.mean(values[epoch])) for epoch in epochs]
    return Curve(np.array(epochs), np.array(means), np.array([float(np.std(values[epoch])) for epoch in epochs]))


def _confusion(evaluations: Sequence[Evaluation]) -> Floats | None:
    """Return the mean counts, rows: labels, columns: predictions."""
    tables = [each.confusion for each in evaluations if each.confusion]
    if not tables or len({len(each) for each in tables}) > 1:
        return None
    return np.asarray(np.mean(tables, axis=0))


def _binned(decisions: Sequence[tuple[float, bool]]) -> Floats:
    """Return, for each bin: how many decisions, the sum of their confidences, and how many were right; [3, bins]."""
    confidence, right = np.array(decisions, np.float64).reshape(-1, 2).T
    place = bin_of(confidence)
    return np.stack([np.bincount(place, each, BINS) for each in (np.ones_like(confidence), confidence, right)])


def _calibration(bins: Floats) -> Calibration | None:
    count, confidence, right = bins[:, bins[0] > 0]
    if not count.size:
        return None
    error = float(np.abs(confidence - right).sum() / count.sum())
    return Calibration(confidence / count, right / count, error)
