"""Finding the trained models that a reference stands for: one of a run, or all of a study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import RunError
from ftcli.runs.catalogue import find_unit
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.runs.study import is_study, runs_of


@dataclass(frozen=True)
class Answering:
    """The runs whose models answer together, and why others of their study don't."""

    runs: list[RunFolder]
    left_out: list[str]


def find_answering(reference: str | None, runs_dir: Path) -> Answering:
    """Find the runs that a reference stands for.

    Args:
        reference: as for `find_run`, or in the same way a study: all its runs but the average of their weights.
        runs_dir: where runs are kept.

    Raises:
        RunError: there is none, more than one is meant, or none of them has a model.
    """
    path = find_unit(reference, runs_dir)
    if is_study(path):
        return _of_study(path)
    run = RunFolder(path)
    if not run.model.is_dir():
        raise RunError(f"{run.path} holds no model", hint="It has not finished, or was trained without saving it.")
    return Answering([run], [])


def _of_study(path: Path) -> Answering:
    members = runs_of(path)
    reasons = {run.path: _why_not(run) for run in members}
    able = [run for run in members if reasons[run.path] is None]
    if not able:
        raise RunError(f"{path}: no run of this study holds a model", hint="See: ftcli runs list")
    return Answering(able, [f"{path} {reason}: it is left out." for path, reason in reasons.items() if reason])


def _why_not(run: RunFolder) -> str | None:
    if not run.model.is_dir():
        return "holds no model"
    state = run.read_status().state
    return None if state is State.FINISHED else f"is {state.value}"
