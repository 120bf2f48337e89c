"""Bringing a task's data into the data folder: downloaded, read from a local archive, or made on the spot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ftcli.errors import DownloadError
from ftcli.tasks.download.archive import unpack
from ftcli.tasks.download.check import check_files
from ftcli.tasks.download.fetch import Policy, Progress, fetch
from ftcli.tasks.download.source import local_file, without_password
from ftcli.tasks.download.staging import exclusive, prepare, replacing
from ftcli.tasks.task import Task

_DOWNLOADS = ".downloads"


def install(
    task: Task,
    data_dir: Path,
    *,
    source: str | None = None,
    progress: Progress | None = None,
    policy: Policy | None = None,
) -> Path:
    """Leave a task's checked files, and nothing else, in `data_dir/<task.folder>/`.

    What was there before stays until the new folder is whole.

    Args:
        task: the task to install.
        data_dir: the folder that tasks lie in; made where it is missing.
        source: archive to take in place of the task's own: a local file, or an http or https address.
        progress: told of every chunk that is downloaded.
        policy: how patient the download is.

    Returns:
        The task's folder.

    Raises:
        DownloadError: the archive can't be had, is refused, or does not hold what the task says.
        OSError: the disk refused; what was there before is untouched and nothing else is left.

    """
    origin = source or task.url
    if origin is None:
        raise DownloadError(f"task '{task.name}' has no archive to download", hint="Give one with --from FILE.")
    local = local_file(origin)
    with _target(task, data_dir) as target:
        if local:
            _install_archive(task, target, local, str(local))
        else:
            with _downloads(target) as archive:
                fetch(origin, archive, progress=progress, policy=policy)
                _install_archive(task, target, archive, without_password(origin))
    return target


def make_demo(task: Task, data_dir: Path, *, rows: Mapping[str, int], seed: int) -> Path:
    """Write a task's files from the on-board grammar, checked and swapped in as `install` does.

    Args:
        task: the task to make.
        data_dir: the folder that tasks lie in; made where it is missing.
        rows: how many rows each split gets.
        seed: of the random choices.

    Returns:
        The task's folder.

    Raises:
        UsageError: the grammar can't make so many rows, or has no such split.
        DownloadError: what was written is not what the task says, or the folder holds something else.
        OSError: the disk refused; what was there before is untouched and nothing else is left.

    """
    from ftcli.tasks.demo.generate import write

    with _target(task, data_dir) as target, replacing(target) as new:
        write(new, rows, seed=seed)
        check_files(_with_rows(task, rows), new)
        _sync_files(new)
    return target


@contextmanager
def _target(task: Task, data_dir: Path) -> Iterator[Path]:
    """Give the task's folder, which no other process touches meanwhile and which may be replaced."""
    target = data_dir / task.folder
    with exclusive(data_dir):
        prepare(target, set(_file_names(task)))
        yield target


@contextmanager
def _downloads(target: Path) -> Iterator[Path]:
    """Give the name to download an archive to; it is gone afterwards, unlike a part that can be resumed."""
    archive = target.parent / _DOWNLOADS / f"{target.name}.zip"
    try:
        yield archive
    finally:
        with suppress(OSError):
            archive.unlink(missing_ok=True)
            archive.parent.rmdir()  # stays where parts are left


def _install_archive(task: Task, target: Path, archive: Path, origin: str) -> None:
    expected = {file: (f"{task.folder}/{file}", file) for file in _file_names(task)}
    with replacing(target) as new:
        unpack(archive, expected, new, origin=origin)
        check_files(task, new)


def _file_names(task: Task) -> list[str]:
    return [split.file for split in task.splits.values()]


def _with_rows(task: Task, rows: Mapping[str, int]) -> Task:
    splits = {
        name: split.model_copy(update={"rows": rows.get(name, split.rows)}) for name, split in task.splits.items()
    }
    return task.model_copy(update={"splits": splits})


def _sync_files(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
