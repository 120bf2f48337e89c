"""Progress bars."""

from __future__ import annotations

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ftcli.cli.console import err


def training_bar(text: str) -> Progress:
    """Return a bar that counts steps; ``text`` is shown behind the count."""
    return bar(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(text),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


def bar(*columns: ProgressColumn, quiet: bool = False) -> Progress:
    """Return a bar on stderr that vanishes at the end; there is none where that is no terminal."""
    return Progress(
        *columns,
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
        refresh_per_second=4,  # each takes half a millisecond of the core that trains
    )
