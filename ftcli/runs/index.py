"""What a list of runs shows, remembered in a file, so that thousands of runs need not all be read again.

The file is never taken at its word: what it says of a run holds as long as the run's folder looks as it did then
(names, sizes, times, inodes). What can't be read of it is worked out anew, and it may be removed at any time.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from ftcli.errors import RunError
from ftcli.runs.catalogue import walk
from ftcli.runs.files import write_bytes
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import is_held
from ftcli.runs.housekeeping import size_of
from ftcli.runs.status import State

INDEX = ".index.json"
KILLED = "killed"
FEWEST = 100
"""For fewer runs a file isn't worth it."""
_SETTLED = 2_000_000_000  # ns; what changed later than that may change again without its time showing it


class Facts(BaseModel):
    """A run in a list; ``state`` is "damaged" where its files can't be read, "killed" where its process has died."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stamp: str
    state: str
    collapsed: bool
    started: str | None
    metric: str | None
    score: float | None
    bytes: int


class _Index(RootModel[dict[str, Facts]]):
    pass


def list_runs(root: Path) -> list[tuple[str, Facts]]:
    """Return the path of each run in and below a folder with what a list shows of it, sorted by path."""
    known = _read(root / INDEX)
    found: dict[str, Facts] = {}
    lasting: dict[str, Facts] = {}
    for place in walk(root):
        stamp, changed = _stamp(place.entries)
        facts = known.get(place.below)
        if facts is None or facts.stamp != stamp:
            facts = facts_of(place.run, stamp)
        found[place.below] = facts
        if time.time_ns() - changed > _SETTLED:
            lasting[place.below] = facts
    if len(lasting) >= FEWEST and lasting != known:
        with suppress(OSError):  # a folder that can only be read is listed all the same
            write_bytes(root / INDEX, _Index(lasting).model_dump_json().encode())
    ordered = sorted(found, key=lambda below: below.split("/"))
    paths = {below: os.path.normpath(os.path.join(root, below)) for below in ordered}
    return [(path, _as_it_is(Path(path), found[below])) for below, path in paths.items()]


def _as_it_is(path: Path, facts: Facts) -> Facts:
    """Tell a run that is running from one whose process has died."""
    if facts.state != State.RUNNING or is_held(path):
        return facts
    return facts.model_copy(update={"state": KILLED})


def _read(path: Path) -> Mapping[str, Facts]:
    try:
        return _Index.model_validate_json(path.read_bytes()).root
    except (OSError, ValidationError):
        return {}


def _stamp(entries: Sequence[os.DirEntry[str]]) -> tuple[str, int]:
    """Return what tells a run's folder from what it may become, and when it last changed (ns)."""
    seen = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        if entry.name.startswith(".lock"):
            continue
        seen.append((entry.name, *_look(entry.path)))
        if entry.name == "evaluations":
            seen.append(("dev", *_look(os.path.join(entry.path, "dev.json"))))
    return hashlib.blake2b(repr(seen).encode(), digest_size=16).hexdigest(), max(when for _, when, *_ in seen)


def _look(path: str) -> tuple[int, int, int]:
    try:
        found = os.lstat(path)
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def facts_of(run: RunFolder, stamp: str = "") -> Facts:
    """Read what a list shows of a run."""
    size = size_of(run.path)
    try:
        status, evaluation = run.read_status(), run.score("dev")
    except RunError:
        return Facts(stamp=stamp, state="damaged", collapsed=False, started=None, metric=None, score=None, bytes=size)
    return Facts(
        stamp=stamp,
        state=status.state.value,
        collapsed=bool(status.collapsed),
        started=str(status.started),
        metric=evaluation.metric if evaluation else None,
        score=evaluation.score if evaluation else None,
        bytes=size,
    )
