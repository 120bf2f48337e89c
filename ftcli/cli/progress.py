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


class TimeLeft:
    """What the steps left will take, by those since the first count, evaluations and all; a second's counts are one."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last = 0.0, 0.0

    def count(self, now: float, done: float) -> None:
        """Learn how many steps are done."""
        if done == self._last[1]:
            return
        if self.is_first(now):
            self._first = (self._first[0] if self._first else now), done
        self._last = now, done

    def is_first(self, now: float) -> bool:
        """Whether a count belongs to the first one: seeds in the same steps are counted one after the other."""
        return self._first is None or now - self._first[0] < 1

    def until(self, total: float) -> float | None:
        """Return how many seconds so many steps in all took from the last count on; None: that is not known yet."""
        (begin, before), (now, done) = self._first or self._last, self._last
        return (now - begin) / (done - before) * (total - done) if done > before else None


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
        self._time = TimeLeft()
        self._told = self.get_time()

    def update(self, task_id: TaskID, **values: Any) -> None:
        """Move the bar on, or now and then tell the log what was counted before."""
        now, task = self.get_time(), next(each for each in self.tasks if each.id == task_id)
        if self.disable and now - self._told >= SILENCE and task.total and not self._time.is_first(now):
            self._told = now
            self._tell(task, self._time.until(task.total))
        super().update(task_id, **values)
        self._time.count(now, task.completed)

    def _tell(self, task: Task, left: float | None) -> None:
        line = f"step {task.completed:,.0f} of {task.total:,.0f}  {self._text.format(task=task)}"
        self.console.print(line if left is None else f"{line}  about {duration(left)} left")
