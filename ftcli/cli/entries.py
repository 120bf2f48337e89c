"""Names, and beside each, or below where it is long, what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from ftcli.cli.console import out

Entry = tuple[Text, Text]
"""What something is called, and what it is for."""

_NARROW = 68  # columns below which texts stand under the names, unless all of these are short
_BELOW = 6  # columns left free there


def laid_out(entries: Sequence[Entry], width: int) -> Text:
    """Return the lines of all of them, each line of so many columns at most."""
    beside = max(names.cell_len for names, _ in entries) + 2
    indent = min(width // 3, 42, beside) if width >= _NARROW or beside <= width // 3 else _BELOW
    return Text("\n").join(line for entry in entries for line in _lines(*entry, width, indent))


def _lines(names: Text, text: Text, width: int, indent: int) -> Iterator[Text]:
    lines = list(text.wrap(out, width - indent))
    if names.cell_len + 2 <= indent and lines:
        names.pad_right(indent - names.cell_len)
        yield names + lines.pop(0)
    else:
        yield from names.wrap(out, width)
    for line in lines:
        line.pad_left(indent)
        yield line
