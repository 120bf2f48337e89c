"""Finding what is to go on: a run, or a study."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ftcli.errors import FtcliError, RunError
from ftcli.runs.catalogue import LATEST, find_run, find_runs, find_studies, named_by
from ftcli.runs.folder import RunFolder
from ftcli.runs.recorded import settings_of_study
from ftcli.runs.status import State
from ftcli.runs.study import is_study, read_study, runs_of, unit_of

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
        return unit_of(_latest(runs_dir))
    if is_study(Path(reference)):
        return Path(reference)
    named = named_by(Path(reference), find_studies(runs_dir), runs_dir)
    if len(named) == 1:
        return named[0]
    return find_run(reference, runs_dir).path


def _latest(runs_dir: Path) -> Path:
    units = {unit_of(run.path) for run in find_runs(runs_dir)} | set(find_studies(runs_dir))
    started = [(not over, when, str(path)) for path in units for over, when in _standing(path)]
    if not started:
        raise RunError(f"no run in {runs_dir}", hint="Run: ftcli train")
    return Path(max(started)[2])


def _standing(path: Path) -> list[tuple[bool, datetime]]:
    """Return whether a run, or all of a study, is over, and when it started; nothing where that can't be read."""
    try:
        if not is_study(path):
            status = RunFolder(path).read_status()
            return [(status.state in _OVER, status.started)]
        told = read_study(path)
        runs = [run.read_status() for run in runs_of(path)]
        numbers = settings_of_study(told.settings, path).numbers
        over = len(runs) >= len(numbers) and all(status.state in _OVER for status in runs)
        return [(over, max([told.started, *(status.started for status in runs)]))]
    except FtcliError:
        return []
