"""Those who watch a training: they are told what happens and can't change it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ftcli.runs.files import append_line

if TYPE_CHECKING:
    from ftcli.engine.plan import Plan


@dataclass(frozen=True)
class Entry:
    """What is known after ``step`` optimizer steps: means over the steps since the last entry, or scores on a split."""

    step: int
    epoch: float
    split: str
    loss: float
    metrics: dict[str, float] = field(default_factory=dict)
    learning_rates: dict[str, float] = field(default_factory=dict)


class Observer:
    """Base of all observers; each method may be left as it is."""

    def begin(self, plan: Plan, metric: str) -> None:
        """Training is about to start; ``metric`` is the score that decides."""

    def step(self, number: int) -> None:
        """An optimizer step is done, the ``number``-th."""

    def record(self, entry: Entry) -> None:
        """Something was measured."""

    def end(self) -> None:
        """Training is over, for whatever reason."""


class Observers(Observer):
    """Passes everything on to several observers."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def begin(self, plan: Plan, metric: str) -> None:
        """Training is about to start; ``metric`` is the score that decides."""
        for observer in self._observers:
            observer.begin(plan, metric)

    def step(self, number: int) -> None:
        """An optimizer step is done."""
        for observer in self._observers:
            observer.step(number)

    def record(self, entry: Entry) -> None:
        """Something was measured."""
        for observer in self._observers:
            observer.record(entry)

    def end(self) -> None:
        """Training is over."""
        for observer in self._observers:
            observer.end()


class JSONLines(Observer):
    """Writes metrics.jsonl, which holds no clock time and is the same for the same run, and timings.jsonl."""

    def __init__(self, metrics: Path, timings: Path) -> None:
        self._paths = (metrics, timings)
        self._files: list[IO[str]] = []
        self._started = 0.0

    def begin(self, plan: Plan, metric: str) -> None:
        """Open the files."""
        self._files = [path.open("w", encoding="utf-8") for path in self._paths]
        self._started = time.perf_counter()

    def record(self, entry: Entry) -> None:
        """Write a line to each."""
        timing = {"step": entry.step, "split": entry.split, "seconds": time.perf_counter() - self._started}
        for file, line in zip(self._files, (asdict(entry), timing), strict=True):
            append_line(file, line)

    def end(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()


class TensorBoard(Observer):
    """Writes train and evaluation losses, scores and each group's learning rate for TensorBoard."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, plan: Plan, metric: str) -> None:
        """Open the event file."""
        from tensorboard.summary import Writer

        self._writer = Writer(str(self._folder))

    def record(self, entry: Entry) -> None:
        """Add a point to each curve."""
        scalars = {f"{entry.split}/loss": entry.loss}
        scalars |= {f"{entry.split}/{name}": value for name, value in entry.metrics.items()}
        scalars |= {f"learning rate/{name}": value for name, value in entry.learning_rates.items()}
        for tag, value in scalars.items():
            self._writer.add_scalar(tag, value, entry.step)

    def end(self) -> None:
        """Close the event file."""
        self._writer.close()
