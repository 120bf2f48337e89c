"""The plots of the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from ftcli.compare.report import Group
from ftcli.page.evidence import Curve, Evidence
from ftcli.page.svg import BOTTOM, LEFT, TOP, Axes, dot, drawing, line, path, polygon, text

_ROW = 44


def strip_plot(evidence: Sequence[Evidence], metric: str, majority: float | None) -> Markup:
    """Draw a row for each recipe: a mark for each run, a bar for the mean."""
    shown = [each for each in evidence if each.group.scores]
    scores = [score for each in shown for score in each.group.scores]
    if not scores:
        return Markup("")
    ends = [*scores, *([majority] if majority is not None else [])]
    axes = Axes((min(ends), max(ends)), (0, 1), TOP + BOTTOM + _ROW * len(shown))
    marks = list(axes.grid(metric, rows=False))
    if majority is not None:
        marks.append(line(axes.x(majority), TOP, axes.x(majority), axes.height - BOTTOM, "majority"))
    for place, each in enumerate(shown):
        middle = TOP + _ROW * place + 28
        marks.append(text(LEFT, middle - 12, each.group.label, "start"))
        for number, (run, score) in enumerate((run, run.score) for run in each.group.runs if run.score is not None):
            title = f"{each.group.label}, {run.name}: {score:.4f}"
            marks.append(dot(axes.x(score), middle + number % 3 * 4 - 4, place, title))
        if each.group.mean is not None:
            x = axes.x(each.group.mean)
            marks.append(line(x, middle - 9, x, middle + 9, "mean"))
    return drawing(axes.height, f"{metric} of each run, a row for each recipe", marks)


def differences(groups: Sequence[Group], metric: str) -> Markup:
    """Draw a row for each recipe that was tested: its difference to the baseline, and the interval of that."""
    tested = [(place, group.label, group.against) for place, group in enumerate(groups) if group.against]
    shown = [
        (place, label, found.difference, found.low, found.high)
        for place, label, found in tested
        if found.difference is not None and found.low is not None and found.high is not None
    ]
    if not shown:
        return Markup("")
    ends = [0.0, *(end for _, _, _, low, high in shown for end in (low, high))]
    axes = Axes((min(ends), max(ends)), (0, 1), TOP + BOTTOM + _ROW * len(shown))
    marks = [*axes.grid(f"difference in {metric}", rows=False)]
    marks.append(line(axes.x(0), TOP, axes.x(0), axes.height - BOTTOM, "majority"))
    for row, (place, label, difference, low, high) in enumerate(shown):
        middle = TOP + _ROW * row + 28
        title = f"{label}: {difference:+.4f}, 95% interval {low:+.4f} to {high:+.4f}"
        marks.append(text(LEFT, middle - 12, label, "start"))
        marks.append(path([(axes.x(low), middle), (axes.x(high), middle)], place))
        marks.append(dot(axes.x(difference), middle, place, title))
    return drawing(axes.height, f"Difference of each recipe to the baseline in {metric}, with its interval", marks)


def best_of(groups: Sequence[Group], metric: str) -> Markup:
    """Draw what the best of 1, 2, ... runs of each recipe may be expected to score."""
    known = [(place, group.expected_best) for place, group in enumerate(groups) if not group.race]
    shown = [(place, each) for place, each in known if len(each) > 1]
    if not shown:
        return Markup("")
    scores = [score for _, each in shown for score in each]
    axes = Axes((1, max(len(each) for _, each in shown)), (min(scores), max(scores)), 240)
    marks = list(axes.grid("runs", whole=True))
    for place, each in shown:
        points = [(axes.x(runs), axes.y(score)) for runs, score in enumerate(each, start=1)]
        marks += [path(points, place), *(dot(x, y, place, "") for x, y in points)]
    return drawing(axes.height, f"Expected best {metric} of so many runs", marks)


def curves(evidence: Sequence[tuple[int, Curve]], name: str) -> Markup:
    """Draw mean and band of a measure over the epochs; the numbers are those of the recipes' colours."""
    if not evidence:
        return Markup("")
    low = min(float(np.nanmin(curve.mean - curve.deviation)) for _, curve in evidence)
    high = max(float(np.nanmax(curve.mean + curve.deviation)) for _, curve in evidence)
    first = min(float(curve.epochs[0]) for _, curve in evidence)
    last = max(float(curve.epochs[-1]) for _, curve in evidence)
    axes = Axes((first, last), (low, high), 280)
    marks = list(axes.grid("epoch", whole=True))
    for place, curve in evidence:
        above = [(axes.x(x), axes.y(y)) for x, y in zip(curve.epochs, curve.mean + curve.deviation, strict=True)]
        below = [(axes.x(x), axes.y(y)) for x, y in zip(curve.epochs, curve.mean - curve.deviation, strict=True)]
        marks.append(polygon([*above, *reversed(below)], place))
        marks.append(path([(axes.x(x), axes.y(y)) for x, y in zip(curve.epochs, curve.mean, strict=True)], place))
    return drawing(axes.height, f"{name} after each epoch, mean and standard deviation over the runs", marks)


def reliability(evidence: Sequence[Evidence]) -> Markup:
    """Draw accuracy against confidence; what is calibrated lies on the diagonal."""
    shown = [(place, each.calibration) for place, each in enumerate(evidence) if each.calibration]
    if not shown:
        return Markup("")
    lowest = min(float(min(each.confidence.min(), each.accuracy.min())) for _, each in shown)
    lowest = np.floor(lowest * 10) / 10
    axes = Axes((lowest, 1), (lowest, 1), 320)
    marks = [*axes.grid("confidence"), line(axes.x(lowest), axes.y(lowest), axes.x(1), axes.y(1), "majority")]
    for place, found in shown:
        points = [(axes.x(x), axes.y(y)) for x, y in zip(found.confidence, found.accuracy, strict=True)]
        marks += [path(points, place), *(dot(x, y, place, "") for x, y in points)]
    return drawing(axes.height, "Accuracy against confidence", marks)
