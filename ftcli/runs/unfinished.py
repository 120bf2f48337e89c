"""Finding what is to go on: a run, or a study."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ftcli.errors import RunError
from ftcli.runs.catalogue import LATEST, ends_in, find_run, find_runs
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.runs.study import is_study, unit_of


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
    studies = {run.path.parent for run in find_runs(runs_dir) if is_study(run.path.parent)}
    named = [path for path in sorted(studies) if ends_in(path, Path(reference), runs_dir)]
    if len(named) == 1:
        return named[0]
    return find_run(reference, runs_dir).path


def _latest(runs_dir: Path) -> Path:
    started = [(not finished, when, str(path)) for path in _paths(runs_dir) for finished, when in _standing(path)]
    if not started:
        raise RunError(f"no run in {runs_dir}", hint="Run: ftcli train")
    return Path(max(started)[2])


def _paths(runs_dir: Path) -> list[Path]:
    return [run.path for run in find_runs(runs_dir)]


def _standing(path: Path) -> list[tuple[bool, datetime]]:
    """Return whether a run is over, and when it started; nothing where that can't be read."""
    try:
        status = RunFolder(path).read_status()
    except RunError:
        return []
    return [(status.state in (State.FINISHED, State.DIVERGED, State.STOPPED), status.started)]
