"""Finding runs again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from ftcli.errors import RunError
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State

LATEST = "latest"
_PARTS_OF_A_RUN = {"model", "model-last", "checkpoints", "evaluations"}


def find_runs(roots: Path | Iterable[Path]) -> list[RunFolder]:
    """Find all runs in and below the folders, each once, sorted by path.

    Hidden folders, symbolic links and the parts of a run are not looked into.
    """
    found: dict[Path, RunFolder] = {}
    for root in [roots] if isinstance(roots, Path) else roots:
        for path in _walk(root):
            found.setdefault(path.resolve(), RunFolder(path))
    return sorted(found.values(), key=lambda run: run.path)


def find_run(reference: str | None, runs_dir: Path) -> RunFolder:
    """Find the run that the user means.

    Args:
        reference: a path, the last parts of one below `runs_dir` (name, task/name, ...), or None or
            "latest" for the finished run that ended last.
        runs_dir: where runs are kept.

    Raises:
        RunError: there is none, or more than one.
    """
    if reference is None or reference == LATEST:
        return _latest(runs_dir)
    if reference and RunFolder(Path(reference)).is_run:
        return RunFolder(Path(reference))
    candidates = _ending_in(Path(reference).parts, runs_dir)
    if len(candidates) > 1:
        listed = "\n".join(f"  {run.path}" for run in candidates)
        raise RunError(f"'{reference}' could be any of these runs:\n{listed}", hint="Give its path.")
    if not candidates:
        raise RunError(f"no run '{reference}' in {runs_dir}", hint=_what_there_is(runs_dir))
    return candidates[0]


def _walk(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        is_run = "settings.toml" in files or "status.json" in files
        skipped = _PARTS_OF_A_RUN if is_run else set()
        names[:] = [name for name in names if not name.startswith(".") and name not in skipped]
        if is_run and RunFolder(Path(folder)).is_run:
            yield Path(folder)


def _ending_in(parts: tuple[str, ...], runs_dir: Path) -> list[RunFolder]:
    if not parts:
        return []
    runs = [(run, run.path.relative_to(runs_dir).parts) for run in find_runs(runs_dir)]
    exact = [run for run, below in runs if below == parts]
    return exact or [run for run, below in runs if below[-len(parts) :] == parts]


def _latest(runs_dir: Path) -> RunFolder:
    ended = [(when, str(run.path), run) for run in find_runs(runs_dir) if (when := _finished_at(run))]
    if not ended:
        raise RunError(f"no finished run in {runs_dir}", hint="Run: ftcli train")
    return max(ended, key=lambda each: each[:2])[2]


def _finished_at(run: RunFolder) -> datetime | None:
    try:
        status = run.read_status()
    except RunError:
        return None  # a damaged run must not hide the whole ones
    return status.ended if status.state is State.FINISHED else None


def _what_there_is(runs_dir: Path) -> str:
    runs = find_runs(runs_dir)
    if not runs:
        return "There are no runs yet. Run: ftcli train"
    shown = ", ".join(str(run.path.relative_to(runs_dir)) for run in runs[:5])
    return f"There are: {shown}" + (f" and {len(runs) - 5} more" if len(runs) > 5 else "")
