"""Go on with what was interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ftcli.api.cards import with_cards
from ftcli.engine.pace import Pace, Start
from ftcli.errors import RunError
from ftcli.runs.folder import RunFolder
from ftcli.runs.recorded import recorded_settings, settings_of_study
from ftcli.runs.status import State
from ftcli.runs.study import is_study, read_study
from ftcli.runs.study_workspace import opened_study
from ftcli.runs.unfinished import find_started
from ftcli.runs.workspace import how_to_go_on, wound_up
from ftcli.settings.train import TrainSettings
from ftcli.tasks.load import load_dataset
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import StudyResult
from ftcli.trainings.single import TrainResult, recorded_result, train_alone
from ftcli.trainings.study import run_study

if TYPE_CHECKING:
    from ftcli.engine.observers import Observer


@dataclass(frozen=True)
class Resumable:
    """A run or a study that was started before, and what it was told."""

    path: Path
    settings: TrainSettings
    study_started: datetime | None = None

    @property
    def is_study(self) -> bool:
        """Whether it is a study."""
        return self.study_started is not None


def find_resumable(reference: str, runs_dir: Path) -> Resumable:
    """Return the run or study that ``ftcli train --resume`` means: a path, the end of one, or "latest".

    Raises:
        RunError: there is none, or it can't go on.
    """
    path = find_started(reference, runs_dir)
    if is_study(path):
        told = read_study(path)
        return Resumable(path, settings_of_study(told.settings, path), told.started)
    run = RunFolder(path)
    run.mend()
    if run.read_status().state is State.STOPPED:
        raise RunError(
            f"{path} was stopped by the race of its study", hint="To train it to its end, train that seed alone."
        )
    if run.read_status().state is State.DIVERGED:
        raise RunError(f"{path} has diverged: to go on would lead to the same", hint="Train anew with other settings.")
    settings = recorded_settings(run)
    if settings.executor == "vmap":
        raise RunError(
            f"{path} was trained in the same steps as the other seeds of its study, and can only go on with them",
            hint=how_to_go_on(path.parent).removeprefix("To go on: "),
        )
    return Resumable(path, settings)


def resume(found: Resumable, observers: Sequence[Observer] = ()) -> TrainResult:
    """Go on with a run; one that has finished is returned as it is.

    Raises:
        FtcliError: as ``train``, or the data has changed since.
    """
    run = RunFolder(found.path)
    if run.is_finished:
        return recorded_result(wound_up(run))
    start = Start(Pace(found.settings.checkpoint_every), resume=True)
    return train_alone(found.settings, load_dataset(found.settings), found.path, observers, start)


def resume_study(found: Resumable, observer: StudyObserver | None = None) -> StudyResult:
    """Go on with all runs of a study that have not finished.

    Raises:
        FtcliError: as ``train_study``.
    """
    dataset = load_dataset(found.settings)
    observer = observer or StudyObserver()
    with opened_study(found.path):
        return with_cards(run_study(found.settings, dataset, found.path, observer, since=found.study_started))
