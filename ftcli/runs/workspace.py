"""Where a run is written while it is made, and what its status says when it ends."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ftcli.errors import DivergedError, FtcliError, PausedError, RunError, is_termination
from ftcli.runs.checkpoints import CheckpointStore
from ftcli.runs.files import clear_partial, replace_folder
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_free, ensure_no_links, lock
from ftcli.runs.status import State, Status
from ftcli.wording import command


@contextmanager
def opened_run(path: Path, settings: Mapping[str, Any], *, overwrite: bool, **details: Any) -> Iterator[RunFolder]:
    """Make a run folder, keep it locked, and record how the work in it ended.

    A run that is to replace another is written beside it, as ``<name>.new``, and takes its place once it is
    whole. A run that can't start leaves no folder; one that fails later, diverges or is interrupted leaves what
    there is, with the reason in status.json.

    Raises:
        RunError: the folder is occupied, in use, or can't be written.
    """
    ensure_free(path, overwrite=overwrite)
    if not RunFolder(path).is_run:
        new_folders = [folder for folder in path.parents if not folder.exists()]
        try:
            with lock(path):
                ensure_free(path)  # again: another process may have been quicker
                with _created(path, settings, **details) as run:
                    yield run
        finally:
            remove_empty(new_folders)  # where the run could not start
        return
    beside = _place_beside(path)
    with lock(path), lock(beside):
        _clear(beside)  # what an interrupted --overwrite left behind
        with _created(beside, settings, **details, replaces=path.name) as run:
            yield run
        replace_folder(beside, path)


@contextmanager
def reopened_run(path: Path) -> Iterator[RunFolder]:
    """Keep a run folder that is there locked while work in it goes on, and record how it ended.

    One that was to replace another takes its place once it is whole.

    Raises:
        RunError: the run is in use, its status can't be read, or part of it is a symbolic link.
    """
    ensure_no_links(path, *path.iterdir())
    with lock(path):
        run = RunFolder(path)
        status = run.read_status()
        run.write_status(status.going_on())
        for folder in (run.path, run.evaluations):
            clear_partial(folder)
        with _recorded(run, removable=False):
            yield run
        _replace(path, status)


def wound_up(run: RunFolder) -> RunFolder:
    """Do what the process of a run that is over may not have come to; return the run in its place.

    Raises:
        RunError: it is in use, or the run that it is to replace.
    """
    with lock(run.path):
        CheckpointStore(run.checkpoints).clear()
        return RunFolder(_replace(run.path, run.read_status()))


def _replace(path: Path, status: Status) -> Path:
    replaced = replaced_by(path, status)
    if replaced is None:
        return path
    with lock(replaced):
        replace_folder(path, replaced)
    return replaced


def stop(run: RunFolder, reason: str) -> RunFolder:
    """Record that a run is not to go on, and drop what it would have gone on from; return the run in its place.

    Raises:
        RunError: it is in use, or the run that it is to replace.
    """
    with lock(run.path):
        run.write_status(run.read_status().ending(State.STOPPED, reason=reason))
    return wound_up(run)


def how_to_go_on(path: Path) -> str:
    """Say what to type to go on with a run or a study."""
    return f"To go on: {command('train', '--resume', path)}"


def replaced_by(path: Path, status: Status) -> Path | None:
    """Return the run that this one is to replace, where it is one that was written beside another."""
    name = (status.model_extra or {}).get("replaces")
    if isinstance(name, str) and Path(name).name == name and path.name.startswith(f"{name}.new"):
        return path.with_name(name)
    return None


@contextmanager
def _created(path: Path, settings: Mapping[str, Any], **details: Any) -> Iterator[RunFolder]:
    try:
        run = RunFolder.create(path, settings, **details)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    with _recorded(run, removable=True):
        yield run


@contextmanager
def _recorded(run: RunFolder, *, removable: bool) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        _record(run, error, removable=removable)
        raise


def beside_of(path: Path, suffix: str = "") -> Path:
    """Return where a run is written that is to replace the one at ``path``."""
    return path.with_name(f"{path.name}.new{suffix}")


def _place_beside(path: Path) -> Path:
    """Return where the run that is to replace the one at ``path`` is written: never on a finished run."""
    for suffix in itertools.chain([""], (f"-{number}" for number in itertools.count(2))):
        beside = beside_of(path, suffix)
        if not (RunFolder(beside).is_run and RunFolder(beside).read_status().state is State.FINISHED):
            ensure_free(beside, overwrite=True)
            return beside
    raise AssertionError


def _record(run: RunFolder, error: BaseException, *, removable: bool) -> None:
    """Write down how the work ended; a ``removable`` run that could not start is removed."""
    resumable = True
    if isinstance(error, KeyboardInterrupt):
        state, reason = State.INTERRUPTED, "terminated" if is_termination(error) else "stopped by the user"
    elif isinstance(error, PausedError):
        state, reason = State.INTERRUPTED, error.message
    elif isinstance(error, DivergedError):
        state, reason, resumable = State.DIVERGED, error.message, False
    elif removable and isinstance(error, FtcliError | OSError) and not run.metrics.is_file():
        shutil.rmtree(run.path, ignore_errors=True)
        return
    else:
        state, reason = State.FAILED, f"{type(error).__name__}: {error}"
    error.add_note(f"What there is of the run lies in {run.path}.")
    if resumable:
        error.add_note(how_to_go_on(run.path))
    try:
        run.write_status(run.read_status().ending(state, reason=reason))
    except (OSError, RunError):
        return  # a full disk: the first error is the one to report


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove these folders, the innermost first, up to the first that holds something."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name.startswith(".lock"):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
