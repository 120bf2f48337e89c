"""Those who watch a training: they are told what happens and can't change it."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ftcli.errors import RunError
from ftcli.runs.files import append_line, read_text

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

    def notice(self, text: str) -> None:
        """There is something to know about the run."""

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

    def notice(self, text: str) -> None:
        """There is something to know about the run."""
        for observer in self._observers:
            observer.notice(text)

    def end(self) -> None:
        """Training is over."""
        for observer in self._observers:
            observer.end()


class JSONLines(Observer):
    """Writes metrics.jsonl, which holds no clock time and is the same for the same run, and timings.jsonl."""

    def __init__(self, metrics: Path, timings: Path) -> None:
        self._paths = (metrics, timings)
        self._files: list[IO[str]] = []
        self._sizes = [0, 0]
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """How long the training has gone on, what came before an interruption included."""
        return time.perf_counter() - self._started

    def export(self) -> dict[str, Any]:
        """Return how much has been written, and the seconds; the disk holds all of it."""
        for file in self._files:
            os.fsync(file.fileno())
        return {"sizes": [file.tell() for file in self._files], "seconds": self.seconds}

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from what was exported: what has been written since is cut off when the files are opened."""
        self._sizes = numbers["sizes"]
        self._started = time.perf_counter() - numbers["seconds"]

    def told(self) -> Iterator[tuple[Entry, float]]:
        """Yield what was written before the training goes on, and after how many seconds.

        Raises:
            RunError: it can't be read.
        """
        try:
            for measured, timed in zip(*map(_objects, self._paths, self._sizes), strict=True):
                yield _entry(**measured), float(timed["seconds"])
        except (TypeError, KeyError, ValueError, AttributeError, RecursionError, OverflowError) as error:
            raise RunError(f"{self._paths[0]}: damaged ({error})", hint="Train anew, with --overwrite.") from None

    def begin(self, plan: Plan, metric: str) -> None:
        """Open the files.

        Raises:
            RunError: one of them is shorter than it has been.
        """
        self._files = [_opened(path, size) for path, size in zip(self._paths, self._sizes, strict=True)]

    def record(self, entry: Entry) -> None:
        """Write a line to each."""
        timing = {"step": entry.step, "split": entry.split, "seconds": self.seconds}
        for file, line in zip(self._files, (asdict(entry), timing), strict=True):
            append_line(file, line)

    def end(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()


def _objects(path: Path, size: int) -> list[dict[str, Any]]:
    """Read the first ``size`` bytes of a file with an object on each line."""
    text = read_text(path).encode()[:size].decode() if size else ""
    return [dict(json.loads(line)) for line in text.splitlines()]


def _entry(*, loss: Any, metrics: Any, learning_rates: Any, **others: Any) -> Entry:
    """Make an entry of what was read, where null stands for what is no number."""
    read = [{name: _number(value) for name, value in numbers.items()} for numbers in (metrics, learning_rates)]
    step = int(others["step"])
    if not 0 <= step < 2**63:
        raise ValueError(f"{step} is no step")
    return Entry(step, float(others["epoch"]), str(others["split"]), _number(loss), *read)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _opened(path: Path, size: int) -> IO[str]:
    """Open a file to write on after its first ``size`` bytes."""
    if size and (not path.is_file() or path.stat().st_size < size):
        raise RunError(f"{path}: damaged, it has been {size} bytes long", hint="Train anew, with --overwrite.")
    file = path.open("a", encoding="utf-8")
    file.truncate(size)
    file.seek(size)
    return file


class TensorBoard(Observer):
    """Writes train and evaluation losses, scores and each group's learning rate for TensorBoard.

    A training that goes on writes a new file with all that the ``lines`` hold, in the place of the old ones: these
    may have points beyond the checkpoint, which come again.
    """

    def __init__(self, folder: Path, lines: JSONLines) -> None:
        self._folder = folder
        self._lines = lines

    def begin(self, plan: Plan, metric: str) -> None:
        """Open the event file.

        Raises:
            RunError: what was written before can't be read.
        """
        from tensorboard.summary import Writer

        told = list(self._lines.told())
        for old in self._folder.glob("events.out.tfevents*"):
            old.unlink()
        self._writer = Writer(str(self._folder))
        started = time.time() - self._lines.seconds
        for entry, seconds in told:
            self._add(entry, started + seconds)

    def record(self, entry: Entry) -> None:
        """Add a point to each curve."""
        self._add(entry, time.time())

    def _add(self, entry: Entry, when: float) -> None:
        scalars = {f"{entry.split}/loss": entry.loss}
        scalars |= {f"{entry.split}/{name}": value for name, value in entry.metrics.items()}
        scalars |= {f"learning rate/{name}": value for name, value in entry.learning_rates.items()}
        for tag, value in scalars.items():
            self._writer.add_scalar(tag, value, entry.step, wall_time=when)

    def end(self) -> None:
        """Close the event file."""
        self._writer.close()
