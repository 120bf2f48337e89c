"""Small pieces of Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

MADE = "<!-- Made from the code by `python -m docs.reference`: don't edit this file. -->\n"

_SECTION = re.compile(r"(Args|Returns|Yields|Raises):$")
_LISTS = ("Args", "Raises")
_ITEM = re.compile(r"    (\*{0,2}\w[\w, ]*): (.*)")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, without the columns in which no row has anything; empty without rows."""
    rows = [[cell(each) for each in row] for row in rows]
    filled = [index for index, _ in enumerate(headings) if any(row[index] for row in rows)]
    if not filled:
        return ""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line[index] for index in filled)} |\n" for line in lines) + "\n"


def cell(text: str) -> str:
    """Return text that can't end a cell or a table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return text as code; nothing of nothing."""
    return f"`{text}`" if str(text) else ""


def prose(docstring: str | None) -> str:
    """Return a docstring as paragraphs; what it lists by name (Args, Raises) becomes a list."""
    lines, section = [], ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        if found := _SECTION.match(line):
            section = found[1]
            lines += [f"**{section}**", ""]
        elif section in _LISTS and (item := _ITEM.match(line)):
            lines.append(f"- `{item[1]}`: {item[2]}")
        else:
            lines.append(f"  {line.strip()}" if section in _LISTS and line.strip() else line.strip())
    return plain("\n".join(lines)).strip() + "\n\n"


def plain(text: str) -> str:
    """Return a docstring's text with its code marked as Markdown does."""
    return text.replace("``", "`")
