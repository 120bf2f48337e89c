"""What keeps a run folder from being overwritten by accident, or by two processes at once."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ftcli.errors import RunError
from ftcli.runs.files import PARTIAL, read_json, write_text
from ftcli.runs.folder import RunFolder
from ftcli.wording import command

LOCK = ".lock"
OWNER = ".lock-owner"


def ensure_free(path: Path, *, overwrite: bool = False) -> None:
    """Check that a run may be written at `path`; with `overwrite`, that only a run is lost.

    Raises:
        RunError: a run is there and not to be overwritten, or something that ftcli did not make.
    """
    if not os.path.lexists(path):
        return
    if not os.path.isdir(path):  # unlike Path.is_dir, False for a name that no file system takes
        raise RunError(f"{path} is not a folder", hint="Choose another --output.")
    if not holds_anything(path):
        return
    if not RunFolder(path).is_run:
        raise RunError(f"{path} is not empty and holds no run", hint="Choose another --output.")
    if not overwrite:
        raise RunError(
            f"{path} already holds a run",
            hint=f"{_going_on(path)}--overwrite replaces it once the new run is whole, or choose another --output.",
        )
    _ensure_disposable(path)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Make the folder where needed and keep others from writing to it; a dead process's lock is void.

    Raises:
        RunError: another process holds the lock, or the folder can't be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        guard = FileLock(path / LOCK)
        guard.acquire(blocking=False)
    except Timeout:
        # The run may well go on for hours: no waiting, and no trace of the lock library for the user.
        raise RunError(f"another process{_owner(path)} is writing to {path}") from None
    except OSError as error:
        raise RunError(f"{path}: cannot be locked ({error.strerror or error})") from error
    try:
        _record_owner(path)
        yield
    finally:
        # The lock file itself stays: removing it would let two processes hold a lock of the same name.
        (path / OWNER).unlink(missing_ok=True)
        guard.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a run; where that can't be told, that one does."""
    if not (path / LOCK).exists():
        return False
    guard = FileLock(path / LOCK)
    try:
        guard.acquire(blocking=False)
    except (Timeout, OSError):
        return True
    guard.release()
    return False


def ensure_no_links(*paths: Path) -> None:
    """Check that these are no symbolic links, so that what is written into a run stays in its folder.

    Raises:
        RunError: one is.
    """
    for path in paths:
        if path.is_symlink():
            raise RunError(
                f"{path} is a symbolic link: nothing is written through it, since it may lead anywhere",
                hint="Put what it points to in its place, if you know where it comes from.",
            )


def holds_anything(path: Path) -> bool:
    """Whether there is something in a folder beside what a lock, or a process that died, leaves there.

    Raises:
        RunError: it can't be read.
    """
    try:
        return any(name not in {LOCK, OWNER} and not name.startswith(PARTIAL) for name in os.listdir(path))
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error})") from error


def holds_current_folder(path: Path) -> bool:
    """Whether a folder is the current one, or above it."""
    here = Path.cwd()
    return path.resolve() in {here, *here.parents}


def _going_on(path: Path) -> str:
    try:
        unfinished = not RunFolder(path).is_finished
    except RunError:
        return ""
    return f"`{command('train', '--resume', path)}` goes on with it; " if unfinished else ""


def _ensure_disposable(path: Path) -> None:
    """Refuse to overwrite what only looks like a run: other programs have a settings.toml too."""
    hint = "Remove it yourself, or choose another --output."
    if path.is_symlink():
        raise RunError(f"{path} is a symbolic link and will not be replaced", hint=hint)
    if holds_current_folder(path):
        raise RunError(f"{path} is the current folder or above it and will not be replaced", hint=hint)
    try:
        RunFolder(path).read_settings()
        RunFolder(path).read_status()
    except RunError as error:
        raise RunError(f"{path} holds no readable run and will not be replaced: {error.message}", hint=hint) from None


def _record_owner(path: Path) -> None:
    # Only for the message to others: a disk that is full will be reported by the first file that matters.
    with suppress(OSError):
        write_text(path / OWNER, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))


def _owner(path: Path) -> str:
    try:
        owner = read_json(path / OWNER)
        return f" (pid {int(owner['pid'])} on {owner['host']})"
    except (RunError, KeyError, TypeError, ValueError):
        return ""
