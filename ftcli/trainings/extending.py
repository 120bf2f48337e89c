"""A study that is there already: the same command goes on with it, and may name further seeds."""

from __future__ import annotations

import os
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from ftcli.errors import RunError
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_free, is_held
from ftcli.runs.naming import places, resolve_output, study_name
from ftcli.runs.recorded import settings_of_study
from ftcli.runs.study import is_study, read_study, write_study
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset


class Extended(NamedTuple):
    """What all runs of the study have been told, and when it started; None: it is a new one."""

    settings: TrainSettings
    since: datetime | None = None

    def record(self, path: Path, task: str) -> None:
        """Write down which seeds the study has from now on.

        Raises:
            RunError: the folder can't be written.
        """
        if self.since is not None:
            write_study(path, self.settings, task, started=self.since)


def folder_of_study(settings: TrainSettings, dataset: Dataset) -> Path:
    """Return where a study goes: where no place is named, to one of its recipe that it can go on with, or a new one."""
    name = study_name(settings.recipe().distinctive_names)
    if settings.output is None:
        for path in takewhile(os.path.lexists, places(settings.runs_dir, dataset.task, name)):
            if is_study(path) and not is_held(path) and _goes_on(settings, dataset, path):
                return path
    return resolve_output(settings.runs_dir, dataset.task, settings.output, name)


def _goes_on(settings: TrainSettings, dataset: Dataset, path: Path) -> bool:
    try:
        extended(settings.model_copy(update={"overwrite": False}), dataset, path)
    except RunError:
        return False
    return True


def extended(settings: TrainSettings, dataset: Dataset, path: Path) -> Extended:
    """Return a study with the seeds that it gets beside those that it has; nothing is written yet.

    Raises:
        RunError: the study there has other settings or data, or another run is in the place of a new one.
    """
    if settings.overwrite or not is_study(path):
        return Extended(settings)
    told = read_study(path)
    before = settings_of_study(told.settings, path)
    apart = _apart(before, settings.model_copy(update={"task": dataset.task}))
    if apart:
        raise RunError(
            f"{path} already holds a study with other settings: {', '.join(apart)}",
            hint="Choose another --output, or replace it with --overwrite.",
        )
    new = [number for number in settings.numbers if number not in before.numbers]
    for number in new:
        ensure_free(path / f"seed-{number}")
    _ensure_same_data(before, dataset, path)
    seeds = ",".join(map(str, [*before.numbers, *new])) if new else before.seeds
    settings = settings.model_copy(update={"executor": before.executor, "seed": before.seed, "seeds": seeds})
    return Extended(settings, told.started)


def _apart(before: TrainSettings, now: TrainSettings) -> list[str]:
    """Return which settings keep these from being one study."""
    own = {"soup"}
    if not (before.race or before.differing == "fold"):
        own.add("seeds")
    if before.vary == "all":
        own.add("seed")  # where the seeds are counted from
    if now.executor == "auto":
        own.add("executor")
    one, other = before.resolved_of_study(), now.resolved_of_study()
    return sorted(key for key in (one.keys() | other.keys()) - own if one.get(key) != other.get(key))


def _ensure_same_data(before: TrainSettings, dataset: Dataset, path: Path) -> None:
    """Check that no run has learned from other data; of folds ``dataset`` is the first alone."""
    for number in before.numbers if before.differing == "seed" else [1]:
        run = RunFolder(path / f"{before.differing}-{number}")
        known = (run.read_status().model_extra or {}).get("data") if run.is_run else None
        if known not in (None, dataset.checksum):
            raise RunError(
                f"{path} can't get further runs: its data has changed since it started",
                hint="Put the files back as they were, or choose another --output.",
            )
