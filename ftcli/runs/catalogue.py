"""Finding runs again."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ftcli.errors import RunError
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.runs.study import STUDY_FILE, is_study, unit_of
from ftcli.wording import command, counted

LATEST = "latest"
_FIRST_FILES = {"settings.toml", "status.json"}
_PARTS_OF_A_RUN = {"model", "model-last", "checkpoints", "evaluations"}


def find_runs(roots: Path | Iterable[Path]) -> list[RunFolder]:
    """Find all runs in and below the folders, each once, sorted by path.

    Hidden folders, symbolic links and the parts of a run are not looked into.
    """
    found: dict[str, RunFolder] = {}
    for root in [roots] if isinstance(roots, Path) else roots:
        for place in walk(root):
            found.setdefault(os.path.normpath(os.path.join(os.path.realpath(root), place.below)), place.run)
    return sorted(found.values(), key=lambda run: run.path.parts)


def find_studies(root: Path) -> list[Path]:
    """Find all studies in and below a folder, those without a run yet, too, sorted by path."""
    return sorted(root / place.below for place, _ in _folders(root) if place.is_study)


def _runs_and_studies(root: Path) -> list[Path]:
    return sorted(root / place.below for place, is_run in _folders(root) if is_run or place.is_study)


def studies_without_run(root: Path, runs: Iterable[Path]) -> list[Path]:
    """Return the studies in and below a folder of which no run has begun, given all runs there."""
    begun = {os.path.normpath(run.parent) for run in runs}
    return [path for path in find_studies(root) if os.path.normpath(path) not in begun]


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
    return RunFolder(_the_one(reference, [run.path for run in find_runs(runs_dir)], runs_dir))


def find_unit(reference: str | None, runs_dir: Path) -> Path:
    """Return the folder of the run, or in the same way of the study, that the user means.

    Args:
        reference: as for `find_run`.
        runs_dir: where runs are kept.

    Raises:
        RunError: there is none, or more than one.
    """
    if reference is None or reference == LATEST:
        return _latest(runs_dir).path
    place = Path(reference)
    if reference and (is_study(place) or RunFolder(place).is_run):
        return place
    return _the_one(reference, _runs_and_studies(runs_dir), runs_dir)


def _the_one(reference: str, paths: Iterable[Path], runs_dir: Path) -> Path:
    found = named_by(Path(reference), paths, runs_dir)
    if not found:
        raise _no_run(reference, runs_dir)
    if len(found) > 1:
        listed = "\n".join(f"  {path}" for path in sorted(found))
        raise RunError(f"'{reference}' could be any of these:\n{listed}", hint="Give its path.")
    return found[0]


class Place(NamedTuple):
    """A folder that was found: its path below the one that was searched ("." for itself), and what lies in it."""

    root: Path
    below: str
    entries: Sequence[os.DirEntry[str]]

    @property
    def run(self) -> RunFolder:
        """The run that it is, where it is one."""
        return RunFolder(self.root / self.below)

    @property
    def is_study(self) -> bool:
        """Whether it is the folder of a study."""
        return any(entry.name == STUDY_FILE for entry in self.entries)


def walk(root: Path) -> Iterator[Place]:
    """Yield each run in and below a folder, in no order; folders that can't be read hold none."""
    return (place for place, is_run in _folders(root) if is_run)


def _folders(root: Path) -> Iterator[tuple[Place, bool]]:
    """Yield each folder that may be looked into, and whether it is a run, in no order."""
    waiting = ["."]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(os.path.join(root, below) if below != "." else root) as scan:
                entries = list(scan)
        except OSError:
            continue
        is_run = any(entry.name in _FIRST_FILES and entry.is_file() for entry in entries)
        yield Place(root, below, entries), is_run
        skipped = _PARTS_OF_A_RUN if is_run else set()
        waiting += [
            entry.name if below == "." else f"{below}/{entry.name}"
            for entry in entries
            if not entry.name.startswith(".") and entry.name not in skipped and entry.is_dir(follow_symlinks=False)
        ]


def named_by(reference: Path, paths: Iterable[Path], runs_dir: Path) -> list[Path]:
    """Return of the folders below `runs_dir` the one of that name there, or else those that end in it."""
    ending = [path for path in paths if ends_in(path, reference, runs_dir)]
    return [path for path in ending if path == runs_dir / reference] or ending


def ends_in(path: Path, reference: Path, runs_dir: Path) -> bool:
    """Whether a reference is the last parts of a folder's path below `runs_dir`, or all of them."""
    parts = reference.parts
    return bool(parts) and path.relative_to(runs_dir).parts[-len(parts) :] == parts


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


def _no_run(reference: str, runs_dir: Path) -> RunError:
    below = _in_folder(Path(reference), runs_dir)
    units = sorted({unit_of(run.path) for run in below})
    runs = counted(len(below), "run", "runs")
    if len(units) == 1 and is_study(units[0]):
        return RunError(
            f"'{reference}' is a folder of {runs}, the study {units[0]}, and no run",
            hint=f"Name one, such as {below[0].path}; ftcli compare and ftcli predict take the study, too.",
        )
    if below:
        return RunError(
            f"'{reference}' is a folder of {runs}, and no run",
            hint=f"Name what lies in it: {_shown(units)}; ftcli compare takes all together.",
        )
    if begun := named_by(Path(reference), find_studies(runs_dir), runs_dir):
        return RunError(
            f"the study {begun[0]} has no run yet", hint=f"Go on with it: {command('train', '--resume', begun[0])}"
        )
    near = _near(Path(reference), runs_dir)
    meant = f"; did you mean '{near}'?" if near else ""
    return RunError(f"no run '{reference}' in {runs_dir}{meant}", hint=_what_there_is(runs_dir))


def _near(reference: Path, runs_dir: Path) -> str | None:
    """Return the last parts of the path of a run or a study that are most like a reference; None where none are."""
    parts = (path.relative_to(runs_dir).parts for path in _runs_and_studies(runs_dir))
    known = dict.fromkeys("/".join(each[-len(reference.parts) :]) for each in parts)
    return next(iter(difflib.get_close_matches(reference.as_posix(), known, n=1)), None)


def _in_folder(reference: Path, runs_dir: Path) -> list[RunFolder]:
    """Return the runs of a study, or anywhere in a folder, given by its path or the last parts of that."""
    if not reference.parts:
        return []
    if is_study(reference):
        return find_runs(reference)

    def is_meant(folder: Path) -> bool:
        return folder == reference or (folder.is_relative_to(runs_dir) and ends_in(folder, reference, runs_dir))

    return [run for run in find_runs(runs_dir) if any(map(is_meant, run.path.parents))]


def _what_there_is(runs_dir: Path) -> str:
    runs = find_runs(runs_dir)
    if not runs:
        return "There are no runs yet. Run: ftcli train"
    return f"There are: {_shown([run.path.relative_to(runs_dir) for run in runs])}"


def _shown(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths[:5])) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
