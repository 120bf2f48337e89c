"""Bringing a task's data into the data folder: downloaded, taken from an archive or folder, or made on the spot."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ftcli.errors import DownloadError
from ftcli.tasks.download.archive import unpack
from ftcli.tasks.download.check import check_files
from ftcli.tasks.download.failures import FROM_FILE
from ftcli.tasks.download.fetch import Policy, Progress, fetch
from ftcli.tasks.download.local import copy_files, find_files
from ftcli.tasks.download.mend import leave_out_broken_rows
from ftcli.tasks.download.source import local_path, without_password
from ftcli.tasks.download.staging import exclusive, prepare, replacing
from ftcli.tasks.task import SplitFile, Task

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
        source: what to take in place of the task's own addresses: a local archive or folder, the http or https
            address of an archive, or one of several files, beside which the others lie.
        progress: told of every chunk that is downloaded.
        policy: how patient the download is.

    Returns:
        The task's folder.

    Raises:
        DownloadError: the files can't be had, are refused, or do not hold what the task says.
        OSError: the disk refused; what was there before is untouched and nothing else is left.

    """
    addresses = _addresses(task, source)
    origin = source or task.url
    if origin is None and not addresses:
        raise DownloadError(f"task '{task.name}' has no archive to download", hint="Give one with --from FILE.")
    here = {url: local_path(url) for url in addresses.values() or [origin or ""]}
    with _target(task, data_dir) as target, ExitStack() as downloads:

        def brought(url: str, name: str, sha256: str | None) -> Path:
            file = here[url] or fetch(
                url, downloads.enter_context(_download(target, name)), progress=progress, policy=policy
            )
            _check_sum(file, sha256, without_password(url))
            return file

        if addresses:
            sums = {split.file: split.sha256 for split in _files(task)}
            files = {file: brought(url, f"{target.name}.{file}", sums[file]) for file, url in addresses.items()}
            _fill(task, target, lambda new: copy_files(files, new))
        elif origin:
            archive = brought(origin, f"{target.name}.zip", task.sha256)
            _install(task, target, archive, without_password(origin))
    return target


def _check_sum(file: Path, sha256: str | None, origin: str) -> None:
    """Hold a file against the checksum that the task names, if it names one; a folder has none.

    Raises:
        DownloadError: it is another.
    """
    if sha256 is None or file.is_dir():
        return
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256:
        raise DownloadError(
            f"{origin}: its checksum is {found}, and not the {sha256} that the task names",
            hint=f"It is damaged, or another version: {FROM_FILE}, or mend sha256 in the task's file.",
        )


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
def _download(target: Path, name: str) -> Iterator[Path]:
    """Give the name to download a file to; it is gone afterwards, unlike a part that can be resumed."""
    file = target.parent / _DOWNLOADS / name
    try:
        yield file
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)
            file.parent.rmdir()  # stays where parts are left


def _addresses(task: Task, source: str | None) -> dict[str, str]:
    """Return where each file comes from; nothing where they come in an archive or a folder."""
    if source is None:
        return {split.file: split.url for split in _files(task) if split.url}
    beside, slash, name = source.rpartition("/")
    if task.url is None and name in {split.original for split in _files(task) if split.url}:
        return {split.file: f"{beside}{slash}{split.original}" for split in _files(task)}
    return {}


def _install(task: Task, target: Path, source: Path, origin: str) -> None:
    """Take the task's files out of an archive or a folder."""
    expected = {split.file: _names(task, split) for split in _files(task)}
    if source.is_dir():
        files = find_files(source, expected)
        _fill(task, target, lambda new: copy_files(files, new))
    else:
        _fill(task, target, lambda new: unpack(source, expected, new, origin=origin))


def _fill(task: Task, target: Path, fill: Callable[[Path], None]) -> None:
    with replacing(target) as new:
        fill(new)
        leave_out_broken_rows(task, new)
        check_files(task, new)


def _names(task: Task, split: SplitFile) -> list[str]:
    """Return the names that a file may have where it comes from, the likeliest first."""
    names = dict.fromkeys([split.original, split.file])
    return [each for name in names for each in (f"{task.folder}/{name}", name)]


def _files(task: Task) -> list[SplitFile]:
    return list(task.splits.values())


def _file_names(task: Task) -> list[str]:
    return [split.file for split in _files(task)]


def _with_rows(task: Task, rows: Mapping[str, int]) -> Task:
    splits = {
        name: split.model_copy(update={"rows": rows.get(name, split.rows)}) for name, split in task.splits.items()
    }
    return task.model_copy(update={"splits": splits})


def _sync_files(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
