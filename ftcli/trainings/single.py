"""One training, into one run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.engine.driving import Executor, Training, drive
from ftcli.engine.observers import Observer
from ftcli.engine.trained import Trained
from ftcli.runs.folder import RunFolder
from ftcli.runs.workspace import opened_run
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset

if TYPE_CHECKING:
    from ftcli.engine.state import TrainState


@dataclass(frozen=True)
class TrainResult:
    """A finished run: where it lies and what it scored."""

    run: RunFolder
    trained: Trained

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --json`` prints."""
        trained = self.trained
        return {
            "run": str(self.run.path),
            "model": str(self.run.model),
            "kept": trained.kept,
            "selected_on": trained.selected_on,
            "steps": trained.steps,
            "best_step": trained.best_step,
            "train_seconds": round(trained.train_seconds, 3),
            "speed": asdict(trained.speed),
            "collapsed": trained.collapsed,
            **trained.evaluation.model_dump(mode="json"),
            "last": trained.last.model_dump(mode="json") if trained.last else None,
        }


def train_alone(
    settings: TrainSettings, dataset: Dataset, path: Path, observers: Sequence[Observer] = ()
) -> TrainResult:
    """Train under the eager executor.

    Raises:
        FtcliError: the run can't start, or diverges.
    """
    return drive(training(settings, dataset, path, observers), _eager)


def training(
    settings: TrainSettings, dataset: Dataset, path: Path, observers: Sequence[Observer]
) -> Training[TrainResult]:
    """Train into a run folder; a generator that is to be driven (see ``ftcli.engine.driving``)."""
    resolved = settings.model_copy(update={"task": dataset.task}).resolved()
    with opened_run(path, resolved, overwrite=settings.overwrite) as folder:
        # Only now, so that what is to be done is on disk even if the process ends while torch loads.
        from ftcli.engine.run import TrainingRun

        trained = yield from TrainingRun(settings, dataset, folder).training(observers)
    return TrainResult(RunFolder(path), trained)


def _eager(state: TrainState) -> Executor:
    from ftcli.engine.eager import EagerExecutor

    return EagerExecutor(state)
