"""The progress bar of a training."""

from __future__ import annotations

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ftcli.cli.console import err


def training_bar(text: str) -> Progress:
    """Return a bar on stderr that counts steps and vanishes at the end; ``text`` is shown behind the count."""
    return Progress(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(text),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        refresh_per_second=4,  # each takes half a millisecond of the core that trains
    )
