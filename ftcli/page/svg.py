"""Axes and marks in SVG; colours come from the page's style sheet, so that they follow dark mode and paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup, escape

COLOURS = 8
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 720, 56, 16, 12, 44


class Axes:
    """A rectangle with a scale on each side."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], height: int) -> None:
        """Give both scales their ends; ``height`` is that of the whole drawing."""
        self._x, self._y, self.height = _padded(*x), _padded(*y), height

    def x(self, value: float) -> float:
        """Return the place of a value from the left."""
        low, high = self._x
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return the place of a value from the top."""
        low, high = self._y
        return round(self.height - BOTTOM - (value - low) / (high - low) * (self.height - TOP - BOTTOM), 1)

    def grid(self, across: str, *, rows: bool = True, whole: bool = False) -> Iterator[Markup]:
        """Yield lines with their numbers, and what the horizontal scale is; ``whole``: of whole numbers alone."""
        for value in _ticks(*self._x, least=1 if whole else 0):
            yield line(self.x(value), TOP, self.x(value), self.height - BOTTOM, "grid")
            yield text(self.x(value), self.height - BOTTOM + 16, f"{value:g}", "middle")
        for value in _ticks(*self._y) if rows else ():
            yield line(LEFT, self.y(value), WIDTH - RIGHT, self.y(value), "grid")
            yield text(LEFT - 6, self.y(value) + 4, f"{value:g}", "end")
        yield text(WIDTH / 2, self.height - 4, across, "middle")


def _padded(low: float, high: float) -> tuple[float, float]:
    margin = (high - low) * 0.04 or 0.5
    return low - margin, high + margin


def _ticks(low: float, high: float, *, least: float = 0) -> list[float]:
    """Return four to eight round numbers between the ends; fewer where they would be closer than ``least``."""
    rough = max((high - low) / 5, least)
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
    return [round(float(value), 10) + 0.0 for value in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]


def drawing(height: int, title: str, marks: Sequence[Markup]) -> Markup:
    """Return a drawing that says what it is."""
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, title, Markup("").join(marks)
    )


def colour(place: int) -> str:
    """Return the class of a recipe's marks: a colour, and broken lines once the colours come round again."""
    return f"c{place % COLOURS}" + (" again" if place // COLOURS % 2 else "")


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a straight line."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(x1, y1, x2, y2, kind)


def text(x: float, y: float, text: str, anchor: str) -> Markup:
    """Return a text."""
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))


def dot(x: float, y: float, place: int, title: str) -> Markup:
    """Return a dot in the colour of a recipe; the title shows where it is pointed at."""
    named = Markup("<title>{}</title>").format(title) if title else ""
    return Markup('<circle cx="{}" cy="{}" r="4" class="{}">{}</circle>').format(x, y, colour(place), named)


def path(points: Sequence[tuple[float, float]], place: int) -> Markup:
    """Return a curve in the colour of a recipe."""
    return Markup('<polyline points="{}" class="curve {}"/>').format(_listed(points), colour(place))


def polygon(points: Sequence[tuple[float, float]], place: int) -> Markup:
    """Return a filled band in the colour of a recipe."""
    return Markup('<polygon points="{}" class="band {}"/>').format(_listed(points), colour(place))


def _listed(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
