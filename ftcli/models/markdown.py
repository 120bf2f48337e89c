"""Markdown of text that comes from data: it shows as it is, and can't change the page around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")


def inline(text: object) -> str:
    r"""Return text for the middle of a line: on one line, with what Markdown reads as a sign escaped.

    >>> inline("a|b\n# c")
    'a\\|b \\# c'
    """
    return _SPECIAL.sub(r"\\\1", one_line(text))


def one_line(text: object) -> str:
    """Return text without line breaks."""
    return " ".join(str(text).split())


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; its cells are escaped."""
    lines = [heading, ["---"] * len(heading), *([inline(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def fenced(text: str, language: str) -> str:
    """Return a block of code, with a fence that is longer than any in the text."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
