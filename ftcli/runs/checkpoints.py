"""Checkpoints of a run: folders that are whole or not there, each with a manifest that damage shows up against."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from ftcli.runs.files import clear_partial, hidden_beside, replace_folder
from ftcli.runs.manifest import damage, write_manifest

_KEPT = 2
_NAME = re.compile(r"step-(\d{8})")


class CheckpointStore:
    """The checkpoints below one folder, by the number of steps taken; the newest two are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, step: int) -> Path:
        """Give the place of the checkpoint after so many steps."""
        return self.folder / f"step-{step:08d}"

    @property
    def steps(self) -> list[int]:
        """After how many steps there are checkpoints, damaged ones included, the newest first."""
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        return sorted((int(found[1]) for name in names if (found := _NAME.fullmatch(name))), reverse=True)

    def write(self, step: int, fill: Callable[[Path], None]) -> None:
        """Add a checkpoint, with the files that ``fill`` writes into a folder, and remove what is older than two.

        Raises:
            OSError: the disk refused; the older checkpoints are untouched.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        clear_partial(self.folder)
        new = hidden_beside(self.path(step))
        new.mkdir()
        try:
            fill(new)
            write_manifest(new, new.iterdir())
            replace_folder(new, self.path(step))
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        _flush(self.folder)
        for old in self.steps[_KEPT:]:
            shutil.rmtree(self.path(old), ignore_errors=True)

    def whole(self) -> tuple[list[int], list[str]]:
        """Return after how many steps there are whole checkpoints, the newest first, and what is wrong with others."""
        found = {step: damage(self.path(step), self.path(step).glob("state.*")) for step in self.steps}
        whole = [step for step, problems in found.items() if not problems]
        return whole, [problem for problems in found.values() for problem in problems]

    def drop_after(self, step: int) -> None:
        """Remove what is newer than the checkpoint that a training goes on from: damaged, or never to be reached."""
        for newer in self.steps:
            if newer > step:
                shutil.rmtree(self.path(newer), ignore_errors=True)

    def clear(self) -> None:
        """Remove all checkpoints."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Have the disk hold the names in a folder, where the system offers that."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
