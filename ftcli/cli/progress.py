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


class TrainingProgress(Progress):
    """Counts steps, with a ``text`` about the task behind the count: "loss {task.fields[loss]}"."""

    def __init__(self, text: str) -> None:
        self._text = text
        super().__init__(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(text),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            **_LOOK,
            disable=not err.is_terminal,
        )
        self._told = self.get_time()

    def update(self, task_id: TaskID, **values: Any) -> None:
        """Move the bar on, or now and then tell the log."""
        super().update(task_id, **values)
        task = next(each for each in self.tasks if each.id == task_id)
        if self.disable and task.total and self.get_time() - self._told >= SILENCE:
            self._told = self.get_time()
            self.console.print(self._line(task))

    def _line(self, task: Task) -> str:
        line = f"step {task.completed:,.0f} of {task.total:,.0f}  {self._text.format(task=task)}"
        left = task.time_remaining
        return line if left is None else f"{line}  about {duration(left)} left"


def bar(*columns: ProgressColumn, quiet: bool = False) -> Progress:
    """Return a bar on stderr that vanishes at the end; there is none where that is no terminal."""
    return Progress(*columns, **_LOOK, disable=quiet or not err.is_terminal)


_LOOK: dict[str, Any] = {
    "console": err,
    "transient": True,
    "refresh_per_second": 4,  # each takes half a millisecond of the core that trains
}
