"""A folder made out of sight and shown when whole, by one process at a time."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ftcli.errors import DownloadError
from ftcli.runs.files import replace_folder

LOCK = ".download.lock"
LOCK_SECONDS = 600.0
_CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # left by file managers


@contextmanager
def exclusive(data_dir: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the data folder, which is made where it is missing, against other downloads.

    Raises:
        DownloadError: another process has held it for so many seconds.
        OSError: the folder can't be made or written to.

    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data_dir / LOCK)
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise DownloadError(
            f"{data_dir}: another ftcli has been downloading to this folder for {seconds:,.0f} seconds",
            hint="Wait until it has finished, or stop it; then repeat the command.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which takes the place of `target` if the block ends well.

    Only for a process that holds `exclusive`, and after `prepare`.

    Raises:
        OSError: the disk refused; `target` is as it was.

    """
    new = target.with_name(f".{target.name}.new-{os.getpid()}")
    try:
        new.mkdir()
        yield new
        _sync_folder(new)
        replace_folder(new, target)
        _sync_folder(target.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def prepare(target: Path, files: set[str]) -> None:
    """Clear away what dead processes left beside `target`, and make sure that it may be replaced.

    Raises:
        DownloadError: it is no folder, or holds something beside these files.

    """
    _recover(target)
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise DownloadError(f"{target}: in the way: not a folder", hint="Move it, then repeat the command.")
    present = {path.name for path in target.iterdir()} if target.exists() else set()
    if others := sorted(present - files - _CLUTTER):
        raise DownloadError(
            f"{target}: holds {others[0]!r}, which is no part of the task and would be lost",
            hint="Move it elsewhere, or choose another --data-dir; then repeat the command.",
        )


def _recover(target: Path) -> None:
    # A swap that died between its two renames has left the old folder where it was moved aside to.
    for aside in _beside(target, "old"):
        if not os.path.lexists(target) and any(aside.iterdir()):
            aside.rename(target)
    for left in [*_beside(target, "old"), *_beside(target, "new")]:
        shutil.rmtree(left, ignore_errors=True)


def _beside(target: Path, kind: str) -> list[Path]:
    pattern = f".{glob.escape(target.name)}.{kind}-*"
    return [path for path in target.parent.glob(pattern) if path.is_dir() and not path.is_symlink()]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
