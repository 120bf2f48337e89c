"""The plots of the page as SVG; colours come from its style sheet, so that they follow dark mode and paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup, escape

from ftcli.page.evidence import Curve, Evidence

COLOURS = 8
_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 56, 16, 12, 36


class Axes:
    """A rectangle with a scale on each side."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], height: int) -> None:
        self._x, self._y, self.height = _padded(*x), _padded(*y), height

    def x(self, value: float) -> float:
        """Return the place of a value from the left."""
        low, high = self._x
        return round(_LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        """Return the place of a value from the top."""
        low, high = self._y
        return round(self.height - _BOTTOM - (value - low) / (high - low) * (self.height - _TOP - _BOTTOM), 1)

    def grid(self, across: str, *, rows: bool = True) -> Iterator[Markup]:
        """Yield lines with their numbers, and what the horizontal scale is."""
        for value in _ticks(*self._x):
            yield _line(self.x(value), _TOP, self.x(value), self.height - _BOTTOM, "grid")
            yield _text(self.x(value), self.height - _BOTTOM + 16, f"{value:g}", "middle")
        for value in _ticks(*self._y) if rows else ():
            yield _line(_LEFT, self.y(value), _WIDTH - _RIGHT, self.y(value), "grid")
            yield _text(_LEFT - 6, self.y(value) + 4, f"{value:g}", "end")
        yield _text(_WIDTH / 2, self.height - 4, across, "middle")


def strip_plot(evidence: Sequence[Evidence], metric: str, majority: float | None) -> Markup:
    """Draw a row for each recipe: a mark for each run, a bar for the mean."""
    shown = [each for each in evidence if each.group.scores]
    scores = [score for each in shown for score in each.group.scores]
    if not scores:
        return Markup("")
    ends = [*scores, *([majority] if majority is not None else [])]
    row = 44
    axes = Axes((min(ends), max(ends)), (0, 1), _TOP + _BOTTOM + row * len(shown))
    marks = list(axes.grid(metric, rows=False))
    if majority is not None:
        marks.append(_line(axes.x(majority), _TOP, axes.x(majority), axes.height - _BOTTOM, "majority"))
    for place, each in enumerate(shown):
        middle = _TOP + row * place + 28
        marks.append(_text(_LEFT, middle - 12, each.group.label, "start"))
        for number, (run, score) in enumerate((run, run.score) for run in each.group.runs if run.score is not None):
            title = f"{each.group.label}, {run.name}: {score:.4f}"
            marks.append(_dot(axes.x(score), middle + number % 3 * 4 - 4, place, title))
        if each.group.mean is not None:
            x = axes.x(each.group.mean)
            marks.append(_line(x, middle - 9, x, middle + 9, "mean"))
    return _svg(axes.height, f"{metric} of each run, a row for each recipe", marks)


def curves(evidence: Sequence[tuple[int, Curve]], name: str) -> Markup:
    """Draw mean and band of a measure over the epochs; the numbers are those of the recipes' colours."""
    if not evidence:
        return Markup("")
    low = min(float(np.nanmin(curve.mean - curve.deviation)) for _, curve in evidence)
    high = max(float(np.nanmax(curve.mean + curve.deviation)) for _, curve in evidence)
    first = min(float(curve.epochs[0]) for _, curve in evidence)
    last = max(float(curve.epochs[-1]) for _, curve in evidence)
    axes = Axes((first, last), (low, high), 280)
    marks = list(axes.grid("epoch"))
    for place, curve in evidence:
        above = [(axes.x(x), axes.y(y)) for x, y in zip(curve.epochs, curve.mean + curve.deviation, strict=True)]
        below = [(axes.x(x), axes.y(y)) for x, y in zip(curve.epochs, curve.mean - curve.deviation, strict=True)]
        marks.append(_polygon([*above, *reversed(below)], place))
        marks.append(_path([(axes.x(x), axes.y(y)) for x, y in zip(curve.epochs, curve.mean, strict=True)], place))
    return _svg(axes.height, f"{name} after each epoch, mean and standard deviation over the runs", marks)


def reliability(evidence: Sequence[Evidence]) -> Markup:
    """Draw accuracy against confidence; what is calibrated lies on the diagonal."""
    shown = [(place, each.calibration) for place, each in enumerate(evidence) if each.calibration]
    if not shown:
        return Markup("")
    axes = Axes((0, 1), (0, 1), 320)
    marks = [*axes.grid("confidence"), _line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), "majority")]
    for place, found in shown:
        points = [(axes.x(x), axes.y(y)) for x, y in zip(found.confidence, found.accuracy, strict=True)]
        marks += [_path(points, place), *(_dot(x, y, place, "") for x, y in points)]
    return _svg(axes.height, "Accuracy against confidence", marks)


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.04 or 0.5
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[float]:
    """Return four to eight round numbers between the ends."""
    rough = (high - low) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
    return [round(float(value), 10) + 0.0 for value in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def _svg(height: int, title: str, marks: Sequence[Markup]) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, height, title, Markup("").join(marks)
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(x1, y1, x2, y2, kind)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))


def _dot(x: float, y: float, place: int, title: str) -> Markup:
    named = Markup("<title>{}</title>").format(title) if title else ""
    return Markup('<circle cx="{}" cy="{}" r="4" class="c{}">{}</circle>').format(x, y, place % COLOURS, named)


def _path(points: Sequence[tuple[float, float]], place: int) -> Markup:
    return Markup('<polyline points="{}" class="curve c{}"/>').format(_listed(points), place % COLOURS)


def _polygon(points: Sequence[tuple[float, float]], place: int) -> Markup:
    return Markup('<polygon points="{}" class="band c{}"/>').format(_listed(points), place % COLOURS)


def _listed(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
