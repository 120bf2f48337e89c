"""Whether a task's files are all there, with the rows and fields they should have."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import BinaryIO, NoReturn

from ftcli.errors import DownloadError
from ftcli.tasks.task import SplitFile, Task

_LONGEST_LINE = 2**20
HINT = "The archive is damaged or another one: give the right one with `ftcli download TASK --from FILE`."


def check_files(task: Task, folder: Path) -> None:
    """Read every file of the task once and compare it with what the task says of it.

    Fields are parted by tabs and not quoted, so that a row is a physical line.

    Raises:
        DownloadError: a file is missing, or not as it should be; file and line are named.
        OSError: a file can't be read.

    """
    for split in task.splits.values():
        path = folder / split.file
        if not path.is_file():
            _fail(f"{task.folder}/{split.file}", "missing")
        _check_file(task, split, path)


def _check_file(task: Task, split: SplitFile, path: Path) -> None:
    where = f"{task.folder}/{split.file}"
    rows, columns = 0, split.columns
    with opened(path) as file:
        if columns is None:
            columns = tuple(_fields(where, 1, file.readline(_LONGEST_LINE)))
        _check_columns(where, task, split, columns)
        first = 1 if split.columns else 2
        while line := file.readline(_LONGEST_LINE):
            found = len(_fields(where, first + rows, line))
            if found != len(columns):
                _fail(f"{where} line {first + rows}", f"{found} tab-separated fields, not {len(columns)}")
            rows += 1
    if split.rows is not None and rows != split.rows:
        _fail(where, f"{rows:,} rows, not {split.rows:,}")


def opened(path: Path) -> BinaryIO:
    """Open a file behind its byte-order mark, where it has one."""
    file = path.open("rb")
    if file.read(len(BOM_UTF8)) != BOM_UTF8:
        file.seek(0)
    return file


def _fields(where: str, number: int, line: bytes) -> list[str]:
    if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
        _fail(f"{where} line {number}", f"longer than {_LONGEST_LINE:,} bytes")
    try:
        return line.decode("utf-8").rstrip("\r\n").split("\t")
    except UnicodeDecodeError as error:
        _fail(f"{where} line {number}", f"not UTF-8 text ({error.reason} at byte {error.start})")


def _check_columns(where: str, task: Task, split: SplitFile, columns: tuple[str, ...]) -> None:
    needed = [task.text, task.pair, task.label if split.labelled else None]
    missing = [name for name in needed if name is not None and name not in columns]
    if missing:
        _fail(f"{where} line 1", f"no column {', '.join(missing)} in the header")


def _fail(where: str, what: str) -> NoReturn:
    raise DownloadError(f"{where}: {what}", hint=HINT)
