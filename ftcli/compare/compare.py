"""Putting runs side by side: reads run folders, and nothing else."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Sequence
from pathlib import Path

from ftcli.compare.member import Member, read_member
from ftcli.compare.report import Comparison
from ftcli.compare.table import make_table
from ftcli.errors import RunError
from ftcli.runs.catalogue import find_runs, walk
from ftcli.runs.folder import RunFolder


def compare(
    paths: Sequence[Path], patterns: Sequence[str] = (), *, baseline: str | None = None, tuned: Sequence[str] = ()
) -> Comparison:
    """Compare all runs in and below the folders: a table for each task, a group for each recipe and settings.

    Args:
        paths: folders.
        patterns: of the runs' paths below them (``cola/rdrop*``), to take only those; any of them may fit.
        baseline: the label of the group to compare the others with; None for the one without a recipe.
        tuned: settings of which each recipe is represented by the value that did best on the selection set.

    Raises:
        RunError: a path does not exist or holds no run, no run fits, or a file of a run can't be read.
        UsageError: there is no group of the baseline's label, or none with a setting that is ``tuned``.
    """
    runs = [run for run in _runs_in(paths) if not patterns or _fits(run, paths, patterns)]
    if not runs:
        raise RunError(f"no run in {', '.join(map(str, paths))} fits {' or '.join(patterns)}")
    read = {run.path: read_member(run) for run in runs}
    members = [member for member in read.values() if member is not None]
    notes = [f"Left out, for it never started: {path}." for path, member in read.items() if member is None]
    if not members:
        raise RunError(f"no runs in {', '.join(map(str, paths))}", hint="Run: ftcli train")
    tasks = sorted({member.task for member in members})
    tables = [make_table(task, _of_task(members, task), baseline, tuned) for task in tasks]
    return Comparison(tables=tables, notes=notes)


def _of_task(members: Sequence[Member], task: str) -> list[Member]:
    return [member for member in members if member.task == task]


def _runs_in(paths: Sequence[Path]) -> list[RunFolder]:
    for path in paths:
        if not os.path.lexists(path):
            raise RunError(f"{path} does not exist", hint="Give folders with runs, such as runs/cola.")
        if next(walk(path), None) is None:
            raise RunError(f"no runs in {path}", hint="Run: ftcli train")
    return find_runs(paths)


def _fits(run: RunFolder, paths: Sequence[Path], patterns: Sequence[str]) -> bool:
    """Whether the path of a run, or of a folder that it is in, fits a pattern."""
    below = [run.path.relative_to(path) for path in paths if run.path.is_relative_to(path)]
    names = [str(part) for each in below for part in (each, *each.parents)]
    return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)
