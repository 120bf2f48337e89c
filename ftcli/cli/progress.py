"""Progress bars, and lines in their place where what is written is no terminal but a log."""

from __future__ import annotations

from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ftcli.cli.console import err
from ftcli.wording import duration

SILENCE = 60.0
"""Seconds after which a log is told how far a training is."""


class Bar(Progress):
    """A bar on stderr that vanishes at the end; there is none where that is no terminal, or with ``quiet``."""

    def __init__(self, *columns: ProgressColumn, quiet: bool = False) -> None:
        super().__init__(
            *columns,
            console=err,
            transient=True,
            disable=quiet or not err.is_terminal,
            refresh_per_second=4,  # each takes half a millisecond of the core that trains
        )


class TrainingProgress(Bar):
    """Counts steps, with a ``text`` about the task behind the count: "loss {task.fields[loss]}"."""

    def __init__(self, text: str) -> None:
        super().__init__(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(text),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._text = text
        self._told = self.get_time()

    def update(self, task_id: TaskID, **values: Any) -> None:
        """Move the bar on, or now and then tell the log."""
        super().update(task_id, **values)
        if self.disable and self.get_time() - self._told >= SILENCE:
            self._tell(next(each for each in self.tasks if each.id == task_id))

    def _tell(self, task: Task) -> None:
        if not task.total:
            return
        self._told = self.get_time()
        line = f"step {task.completed:,.0f} of {task.total:,.0f}  {self._text.format(task=task)}"
        left = task.time_remaining
        self.console.print(line if left is None else f"{line}  about {duration(left)} left")
