"""Leaving out the rows that are broken where they come from, as far as the task says that there are some."""

from __future__ import annotations

import os
from pathlib import Path

from ftcli.errors import DownloadError
from ftcli.tasks.download.check import HINT, opened
from ftcli.tasks.task import SplitFile, Task


def leave_out_broken_rows(task: Task, folder: Path) -> None:
    """Write the files anew that may have broken rows: those with too few or too many tab-separated fields.

    Raises:
        DownloadError: there are more of them than the task says.
        OSError: the disk refused.

    """
    for split in task.splits.values():
        path = folder / split.file
        if split.broken and path.is_file():
            left_out = _mend(split, path)
            if left_out > split.broken:
                raise DownloadError(
                    f"{task.folder}/{split.file}: {left_out:,} broken rows, more than {split.broken:,}",
                    hint=HINT,
                )


def _mend(split: SplitFile, path: Path) -> int:
    """Return how many rows were left out."""
    whole = path.with_name(f"{path.name}.whole")
    left_out = 0
    with opened(path) as old, whole.open("wb") as new:
        header = b"" if split.columns else old.readline()
        fields = len(split.columns) if split.columns else header.count(b"\t") + 1
        new.write(header)
        for line in old:
            if line.count(b"\t") + 1 == fields:
                new.write(line)
            else:
                left_out += 1
        new.flush()
        os.fsync(new.fileno())
    whole.replace(path)
    return left_out
