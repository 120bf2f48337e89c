"""Putting runs side by side: reads run folders, and nothing else."""

from __future__ import annotations

import difflib
import fnmatch
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ftcli.compare.member import Member, read_member
from ftcli.compare.report import Comparison, Table
from ftcli.compare.table import make_table
from ftcli.errors import RunError, UsageError
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
        RunError: a path does not exist or holds no run, no run fits, none can be read, or predictions are damaged.
        UsageError: there is no group of the baseline's label, or none with a setting that is ``tuned``.
    """
    runs = [run for run in _runs_in(paths) if not patterns or _fits(run, paths, patterns)]
    if not runs:
        raise RunError(f"no run in {', '.join(map(str, paths))} fits {' or '.join(patterns)}")
    members, notes = _read(runs)
    if not members:
        raise RunError("\n".join([f"no runs in {', '.join(map(str, paths))} to compare", *notes]))
    tasks = sorted({member.task for member in members})
    tables = [make_table(task, _of_task(members, task), baseline, tuned) for task in tasks]
    if baseline is not None and all(table.baseline is None for table in tables):
        raise _unknown(baseline, tables)
    return Comparison(tables=tables, notes=notes)


def _read(runs: Iterable[RunFolder]) -> tuple[list[Member], list[str]]:
    """Read the runs that can be read, and give a line for each other one: one damaged run must not hide the rest."""
    members, notes = [], []
    for run in runs:
        try:
            member = read_member(run)
        except RunError as error:
            notes.append(f"Left out, for it can't be read: {error.message}.")
            continue
        if member is None:
            notes.append(f"Left out, for it never started: {run.path}.")
        else:
            members.append(member)
    return members, notes


def _unknown(baseline: str, tables: Iterable[Table]) -> UsageError:
    known = list(dict.fromkeys(group.label for table in tables for group in table.groups))
    near = difflib.get_close_matches(baseline, known, n=1)
    return UsageError(
        f"--baseline: there is no recipe '{baseline}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        hint=f"There are: {'; '.join(known)}.",
    )


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
