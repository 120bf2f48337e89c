"""Finding what is to go on: a run, or a study."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ftcli.errors import FtcliError, RunError
from ftcli.runs.catalogue import LATEST, find_runs, find_studies, find_unit
from ftcli.runs.folder import RunFolder
from ftcli.runs.recorded import settings_of_study
from ftcli.runs.status import State, Status
from ftcli.runs.study import SOUP, is_study, places_of_runs, read_study, unit_of
from ftcli.runs.workspace import beside_of

_OVER = (State.FINISHED, State.DIVERGED, State.STOPPED)


def find_started(reference: str, runs_dir: Path) -> Path:
    """Return the folder of the run or study that the user means.

    Args:
        reference: a path, the last parts of one below `runs_dir`, or "latest": of what is not finished, the one that
            was started last, or else the last finished one. A run of a study is resumed with all of it.
        runs_dir: where runs are kept.

    Raises:
        RunError: there is none, or more than one.
    """
    if reference == LATEST:
        return _latest(runs_dir)
    return find_unit(reference, runs_dir)


def begun_since(path: Path, since: datetime) -> RunFolder | None:
    """Return the run of a study that was begun there, or beside what it is to replace; None where none has been since.

    Raises:
        RunError: its status can't be read.
    """
    runs = [run for run in (RunFolder(beside_of(path)), RunFolder(path)) if run.status.is_file()]
    return next((run for run in runs if run.read_status().started >= since), None)


def _latest(runs_dir: Path) -> Path:
    units = {unit_of(run.path) for run in find_runs(runs_dir)} | set(find_studies(runs_dir))
    started = [(not over, when, str(path)) for path in units for over, when in _standing(path)]
    if not started:
        raise RunError(f"no run in {runs_dir}", hint="Run: ftcli train")
    return Path(max(started)[2])


def _standing(path: Path) -> list[tuple[bool, datetime]]:
    """Return whether a run, or all of a study, is over, and when it started; nothing where that can't be read."""
    try:
        if is_study(path):
            return [_standing_of_study(path)]
        status = RunFolder(path).read_status()
    except FtcliError:
        return []
    return [(status.state in _OVER, status.started)]


def _standing_of_study(path: Path) -> tuple[bool, datetime]:
    told = read_study(path)
    settings = settings_of_study(told.settings, path)
    runs = [_status_since(place, told.started) for place in places_of_runs(path, settings).values()]
    souped = settings.soup and any(each and each.state is State.FINISHED for each in runs)
    begun = [*runs, *([_status_since(path / SOUP, told.started)] if souped else [])]
    over = all(each is not None and each.state in _OVER for each in begun)
    return over, max([told.started, *(each.started for each in runs if each is not None)])


def _status_since(path: Path, since: datetime) -> Status | None:
    run = begun_since(path, since)
    return run.read_status() if run else None
