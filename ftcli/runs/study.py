"""The file that a study is known by: what it was told, beside the folders of its runs."""

from __future__ import annotations

import os
import tomllib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ftcli.errors import RunError
from ftcli.runs.files import read_text, write_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import now
from ftcli.runs.toml import to_toml

if TYPE_CHECKING:
    from ftcli.settings.train import TrainSettings

STUDY_FILE = "study.toml"
SOUP = "soup"
"""The folder of the average of its runs' models."""
_STARTED = "started"


def is_study(path: Path) -> bool:
    """Whether a folder is one of a study."""
    return os.path.isfile(path / STUDY_FILE)  # of a path that is none, too


def unit_of(run: Path) -> Path:
    """Return the study that a run is one of; else the run itself."""
    return run.parent if is_study(run.parent) else run


def runs_of(path: Path) -> list[RunFolder]:
    """Return the runs of a study, in the order of their seeds or folds, without the average of their models."""
    members = [RunFolder(each) for unit in ("seed", "fold") for each in path.glob(f"{unit}-*")]
    return sorted((run for run in members if run.is_run), key=lambda run: (len(run.name), run.name))


def places_of_runs(path: Path, settings: TrainSettings) -> dict[int, Path]:
    """Return where the run of each seed, or fold, of a study lies, or is to lie."""
    return {number: path / f"{settings.differing}-{number}" for number in settings.numbers}


def write_study(path: Path, settings: TrainSettings, task: str, *, started: datetime | None = None) -> None:
    """Write down what a study was told; it starts now where it has not ``started`` before.

    Raises:
        RunError: the folder can't be written.
    """
    told = settings.model_copy(update={"task": task}).resolved_of_study() | {_STARTED: started or now()}
    try:
        path.mkdir(parents=True, exist_ok=True)
        write_text(path / STUDY_FILE, to_toml(told))
    except OSError as error:
        raise RunError(f"{path}: cannot start a study here ({error.strerror or error})") from error


class Told(NamedTuple):
    """What a study was told, and when."""

    settings: dict[str, Any]
    started: datetime


def read_study(path: Path) -> Told:
    """Read what a study was told.

    Raises:
        RunError: the file can't be read; the message names it.
    """
    try:
        settings = tomllib.loads(read_text(path / STUDY_FILE))
        started = settings.pop(_STARTED, None)
        if not isinstance(started, datetime) or started.tzinfo is None:
            raise ValueError(f"{_STARTED} is no time with its zone")
        return Told(settings, started)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path / STUDY_FILE}: not valid TOML ({error})") from error
