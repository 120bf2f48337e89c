"""A strip plot of characters: a line for each recipe, a mark for each of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_ONE, _MANY, _MEAN = "∘", "●", "┃"


def strip(scores: Sequence[float], mean: float | None, low: float, high: float, width: int) -> str:
    """Return one line: a mark for each score, a larger one for several, a bar for their mean.

    >>> strip([0.0, 0.5, 1.0, 1.0], 0.625, 0.0, 1.0, 9)
    '∘   ∘┃  ●'
    """
    cells = [" "] * width
    for place in (_place(score, low, high, width) for score in scores):
        cells[place] = _ONE if cells[place] == " " else _MANY
    if mean is not None:
        cells[_place(mean, low, high, width)] = _MEAN
    return "".join(cells)


def scale(low: float, high: float, width: int) -> str:
    """Return the line under the strips: the two ends.

    >>> scale(0.0, 1.0, 20)
    '0.0000        1.0000'
    """
    ends = f"{low:.4f}", f"{high:.4f}"
    return ends[0] + ends[1].rjust(width - len(ends[0]))


def strips(groups: Sequence[tuple[str, Sequence[float], float | None]], width: int) -> Iterator[tuple[str, str]]:
    """Yield name and line for each group that has scores, and at the end the scale; nothing where all are equal."""
    scores = [score for _, each, _ in groups for score in each]
    if not scores or min(scores) == max(scores):
        return
    low, high = min(scores), max(scores)
    for name, each, mean in groups:
        if each:
            yield name, strip(each, mean, low, high, width)
    yield "", scale(low, high, width)


def shortened(label: str, width: int) -> str:
    """Leave out the middle of a label that is too long: what tells recipes apart often stands at their ends.

    >>> shortened("rdrop, lr=0.0001, warmup=0.1", 20)
    'rdrop, lr=…armup=0.1'
    """
    kept = width - 1
    return (
        label if len(label) <= width else label[: kept - kept // 2] + "\N{HORIZONTAL ELLIPSIS}" + label[-(kept // 2) :]
    )


def _place(score: float, low: float, high: float, width: int) -> int:
    return round((score - low) / (high - low) * (width - 1))
