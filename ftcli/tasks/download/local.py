"""A task's files that lie in a folder of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from ftcli.errors import DownloadError


def find_files(folder: Path, expected: Mapping[str, Sequence[str]]) -> dict[str, Path]:
    """Find each expected file under one of the names that it may have.

    Raises:
        DownloadError: there is none of that name.

    """
    found = {}
    for file, names in expected.items():
        present = [folder / name for name in names if (folder / name).is_file()]
        if not present:
            shown = " or ".join(names)
            raise DownloadError(f"{folder}: there is no {shown}", hint="Give the folder that holds the task's files.")
        found[file] = present[0]
    return found


def copy_files(files: Mapping[str, Path], target: Path) -> None:
    """Copy files into a folder, under the names given, and have them reach the disk.

    Raises:
        OSError: the disk refused.

    """
    for name, source in files.items():
        with source.open("rb") as old, (target / name).open("xb") as new:
            shutil.copyfileobj(old, new)
            new.flush()
            os.fsync(new.fileno())
