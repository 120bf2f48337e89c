"""The numbers that the plots show, as tables: for screen readers, and for whoever wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ftcli.compare.report import Group
from ftcli.page.evidence import Curve, Evidence

Row = Sequence[str | float | None]


@dataclass(frozen=True)
class Numbers:
    """A table: what it is, its headings, and its rows; None where there is no number."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Row]


def of_runs(groups: Sequence[Group], metric: str) -> Numbers:
    """Return the score of each run, and how it ended."""
    rows: list[Row] = [[group.label, run.name, run.score, run.state.value] for group in groups for run in group.runs]
    return Numbers(f"{metric} of each run", ["recipe", "run", metric, "state"], rows)


def of_best(groups: Sequence[Group], metric: str) -> Numbers:
    """Return what the best of 1, 2, ... runs may be expected to score."""
    shown = [group for group in groups if not group.race and len(group.expected_best) > 1]
    most = max((len(group.expected_best) for group in shown), default=0)
    rows: list[Row] = [[str(runs + 1), *(_at(group.expected_best, runs) for group in shown)] for runs in range(most)]
    return Numbers(f"Expected best {metric} of so many runs", ["runs", *(group.label for group in shown)], rows)


def of_curves(curves: Sequence[tuple[str, Curve | None]], name: str) -> Numbers:
    """Return the mean of a measure after each epoch."""
    shown = [(label, dict(zip(each.epochs, each.mean, strict=True))) for label, each in curves if each is not None]
    epochs = sorted({epoch for _, means in shown for epoch in means})
    rows: list[Row] = [[f"{epoch:g}", *(means.get(epoch) for _, means in shown)] for epoch in epochs]
    return Numbers(f"Mean {name} after each epoch", ["epoch", *(label for label, _ in shown)], rows)


def of_reliability(evidence: Sequence[Evidence]) -> Numbers:
    """Return accuracy by confidence."""
    rows: list[Row] = [
        [each.group.label, float(confidence), float(accuracy)]
        for each in evidence
        if each.calibration is not None
        for confidence, accuracy in zip(each.calibration.confidence, each.calibration.accuracy, strict=True)
    ]
    return Numbers("Accuracy by confidence", ["recipe", "confidence", "accuracy"], rows)


def _at(values: Sequence[float], place: int) -> float | None:
    return values[place] if place < len(values) else None
