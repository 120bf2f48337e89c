"""Where a run is written while it is made, and what its status says when it ends."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ftcli.errors import DivergedError, FtcliError, RunError, Terminated
from ftcli.runs.files import replace_folder
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_free, lock
from ftcli.runs.status import State


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
            _remove_empty(new_folders)  # where the run could not start
        return
    beside = _place_beside(path)
    with lock(path), lock(beside):
        _clear(beside)  # what an interrupted --overwrite left behind
        with _created(beside, settings, **details) as run:
            yield run
        replace_folder(beside, path)


@contextmanager
def _created(path: Path, settings: Mapping[str, Any], **details: Any) -> Iterator[RunFolder]:
    try:
        run = RunFolder.create(path, settings, **details)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    try:
        yield run
    except BaseException as error:
        _record(run, error)
        raise


def _place_beside(path: Path) -> Path:
    """Return where the run that is to replace the one at ``path`` is written: never on a finished run."""
    for suffix in itertools.chain([""], (f"-{number}" for number in itertools.count(2))):
        beside = path.with_name(f"{path.name}.new{suffix}")
        if not (RunFolder(beside).is_run and RunFolder(beside).read_status().state is State.FINISHED):
            ensure_free(beside, overwrite=True)
            return beside
    raise AssertionError


def _record(run: RunFolder, error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt):
        state, reason = State.INTERRUPTED, "terminated" if isinstance(error, Terminated) else "stopped by the user"
    elif isinstance(error, DivergedError):
        state, reason = State.DIVERGED, error.message
    elif isinstance(error, FtcliError | OSError) and not run.metrics.is_file():
        shutil.rmtree(run.path, ignore_errors=True)
        return
    else:
        state, reason = State.FAILED, f"{type(error).__name__}: {error}"
    error.add_note(f"What there is of the run lies in {run.path}.")
    try:
        run.write_status(run.read_status().ending(state, reason=reason))
    except (OSError, RunError):
        return  # a full disk: the first error is the one to report


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove these folders, the innermost first, up to the first that holds something."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name.startswith(".lock"):
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
