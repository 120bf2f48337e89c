"""What the system says of this machine's processor."""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from pathlib import Path


def described() -> str:
    """Return the lines about the first of its cores, as Linux has them; elsewhere one that names maker and family."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return platform.processor()


def cores() -> int:
    """Return how many of its cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Waiting:
    """How long threads of this process have waited for a free core since this object was made.

    Other programs may have had it, other threads of this one, or nobody, where a container may not take more.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._before = _waited()

    def share(self) -> float:
        """Return what part of the time the thread that waited most has waited; 0 where the system does not tell."""
        waited = [seconds - self._before.get(thread, 0.0) for thread, seconds in _waited().items()]
        return max([0.0, *waited]) / max(time.perf_counter() - self._started, 1e-9)


def _waited() -> dict[str, float]:
    """Return the seconds that each thread of this process could have computed, and was not let to."""
    found = {}
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):  # it has just ended; or it is no Linux that counts this
            found[path.parent.name] = int(path.read_text(encoding="ascii").split()[1]) / 1e9
    return found
