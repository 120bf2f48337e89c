"""Run ftcli, and die of SIGKILL right before the N-th time that something is changed in a run's folder.

    python -m benchmarks.mortal N FOLDER train ...

With 0 nothing happens, but that each change is written to FOLDER.moments, a line each.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"}
FINAL_RENAME, CHECKPOINT, MODEL = "the final rename", "checkpointing", "saving"


class Death:
    """Hears of each change, and kills at the one that is asked for."""

    def __init__(self, at: int, folder: Path) -> None:
        self._at = at
        self._folders = (folder, folder.with_name(f"{folder.name}.new"))
        self._notes = None if at else Path(f"{folder}.moments").open("w", encoding="utf-8")  # noqa: SIM115
        self._changes = 0

    def hear(self, event: str, given: tuple[Any, ...]) -> None:
        """Be the audit hook."""
        if event not in _CHANGES or not given or not isinstance(given[0], str | bytes | os.PathLike):
            return
        if event == "open" and not (isinstance(given[2], int) and given[2] & _WRITING):
            return
        path = Path(os.path.abspath(os.fsdecode(given[1 if event == "os.rename" else 0])))
        what = moment(event, path, self._folders)
        if what is None:
            return
        self._changes += 1
        if self._notes:
            self._notes.write(what + "\n")
        elif self._changes == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def moment(event: str, path: Path, folders: tuple[Path, ...]) -> str | None:
    """Say what is about to happen; None: nothing in these folders, of which the first is the final one."""
    if path in folders:
        return FINAL_RENAME if event == "os.rename" and path == folders[0] else "making the folder"
    parts = next((path.relative_to(folder).parts for folder in folders if folder in path.parents), None)
    if parts is None:
        return None
    if "checkpoints" in parts:
        return CHECKPOINT
    if "evaluations" in parts:
        return "writing down an evaluation"
    is_model = any(part.startswith("model") or (part.startswith(".partial") and part != parts[-1]) for part in parts)
    return MODEL if is_model else "keeping the record"


def main() -> None:
    """Run ftcli."""
    death = Death(int(sys.argv[1]), Path(sys.argv[2]).absolute())
    sys.argv = ["ftcli", *sys.argv[3:]]
    sys.addaudithook(death.hear)
    from ftcli.__main__ import main as ftcli

    ftcli()


if __name__ == "__main__":
    main()
