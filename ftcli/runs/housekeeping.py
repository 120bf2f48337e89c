"""What runs take up on the disk, and getting rid of it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import RunError
from ftcli.runs.catalogue import find_runs
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import LOCK, holds_anything, holds_current_folder, lock
from ftcli.runs.manifest import MANIFEST, damage
from ftcli.runs.status import State
from ftcli.runs.study import SOUP, STUDY_FILE, is_study, runs_of, unit_of
from ftcli.runs.workspace import beside_of

_LEFTOVER = re.compile(r"\.partial-[0-9a-f]{16}|\..+\.old-[0-9a-f]{8}")


@dataclass(frozen=True)
class Waste:
    """Something that nobody needs any more, and why."""

    path: Path
    reason: str

    @property
    def size(self) -> int:
        """Bytes."""
        return size_of(self.path)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; links count as themselves."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size if path.is_symlink() or path.exists() else 0
    found = 0
    with os.scandir(path) as entries:
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            found += size_of(Path(entry.path)) if is_folder else entry.stat(follow_symlinks=False).st_size
    return found


def parts_of(path: Path) -> list[Path]:
    """Return the folders and the file that make up a study, in any of its states; of a run the run itself.

    What else lies in a study's folder is none of ours.
    """
    if not is_study(path):
        return [path]
    places = [*(run.path for run in runs_of(path)), path / SOUP]
    runs = [each for place in places for each in (place, beside_of(place)) if RunFolder(each).is_run]
    return [*runs, *(each.path for each in _leftovers(path)), path / STUDY_FILE]


def remove(path: Path) -> None:
    """Remove the folder of a run; of a study its parts, and its folder where nothing else is in it.

    Raises:
        RunError: a process is writing to it, it can't be removed, or nobody may mean that.
    """
    if path.is_symlink():
        raise RunError(f"{path} is a symbolic link", hint="Remove it yourself.")
    if holds_current_folder(path):
        raise RunError(f"{path} is the current folder or above it", hint="Remove it yourself.")
    with ExitStack() as locks:
        study = path if is_study(path) else unit_of(path)
        if is_study(study):
            locks.enter_context(lock(study))
        parts = parts_of(path)
        for part in parts:
            if RunFolder(part).is_run:
                RunFolder(part).read_settings()  # what only looks like a run is not ours to remove
                locks.enter_context(lock(part))
        for part in parts:
            _remove(part)
        if path.is_dir():
            _remove(path / LOCK if holds_anything(path) else path)


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        raise RunError(f"{path}: can't be removed ({error.strerror or error})") from error


def waste(runs_dir: Path, *, failed: bool = False) -> list[Waste]:
    """Return what can go: what dead processes left, checkpoints of finished runs, and on request all failed runs."""
    found = [*_leftovers(runs_dir)]
    for run in find_runs(runs_dir):
        try:
            state = run.read_status().state
        except RunError:
            continue  # not known well enough to throw anything of it away
        if state is State.FINISHED and run.checkpoints.is_dir():
            found.append(Waste(run.checkpoints, "checkpoints of a finished run"))
        elif failed and state in (State.FAILED, State.DIVERGED):
            found.append(Waste(run.path, f"a run that {'has failed' if state is State.FAILED else 'diverged'}"))
    return found


def remove_waste(found: Iterable[Waste]) -> None:
    """Remove it.

    Raises:
        RunError: a process is writing to a run, or something can't be removed.
    """
    for each in found:
        if RunFolder(each.path).is_run and not _LEFTOVER.fullmatch(each.path.name):
            remove(each.path)
            continue
        _remove(each.path)


def problems_of(run: RunFolder) -> list[str]:
    """Say what is damaged of a finished run; the files of its models are held against their checksums.

    Raises:
        RunError: its status can't be read.
    """
    if not run.is_finished:
        return [f"{run.path}: not finished ({run.read_status().state.value})"]
    if not (run.path / MANIFEST).exists():
        return [f"{run.path}: made by a version that kept no checksums"]
    weights = [*run.model.glob("*.safetensors"), *run.last_model.glob("*.safetensors")]
    found = damage(run.path, weights)
    try:
        run.read_settings()
        run.score("dev")
    except RunError as error:
        found.append(error.message)
    return found


def _leftovers(root: Path) -> Iterator[Waste]:
    for path in sorted(root.rglob(".*")):
        replaced = path.name.removeprefix(".").rpartition(".old-")[0]
        if replaced and not path.with_name(replaced).exists():
            continue  # a process died just between taking a run away and putting the new one there: the only copy
        if _LEFTOVER.fullmatch(path.name) and not path.is_symlink() and not _in_use(path):
            yield Waste(path, "left by a process that died")


def _in_use(path: Path) -> bool:
    """Whether somebody is writing to the run that this lies in, or beside."""
    owners = [folder for folder in path.parents if RunFolder(folder).is_run]
    name = path.name.removeprefix(".").rpartition(".old-")[0]
    owners += [path.with_name(name)] if name and RunFolder(path.with_name(name)).is_run else []
    try:
        for owner in owners[:1]:
            with lock(owner):
                pass
    except RunError:
        return True
    return False
