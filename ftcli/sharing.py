"""Where other programs use the processor, too, threads that wait for each other sleep.

A step is cut into a thousand pieces that the threads share, and none goes on before the last one is done. By the
default of GNU's OpenMP, which torch has on Linux, a thread that waits turns in circles for milliseconds: fastest where
nothing else runs; but where another program has one of the cores, it keeps the one that all others wait for. Where
there are more of its threads than cores, it has them sleep nearly at once (its manual, GOMP_SPINCOUNT). So a few more,
which do nothing, are there for as long as threads wait for a free core.
"""

from __future__ import annotations

import os
import threading
import time
from functools import cache

from ftcli.processor import Waiting, cores
from ftcli.startup import is_own

INTERVAL = 1.0
"""Seconds from one look to the next."""
_OFTEN, _SELDOM = 0.1, 0.03
"""What part of the time a thread waits for a core where others use them, and where they do no more."""
_MOST = 8  # that are added; where more were needed, most of the cores are free
_PIECE = 2**16  # elements of a tensor that torch gives a thread at least
_SAID_BY_USER = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


def heed_others() -> None:
    """From now on heed them, in a process of ftcli's own, unless the user has said how threads are to wait."""
    if is_own() and not any(name in os.environ for name in _SAID_BY_USER):
        _watch()


@cache
def _watch() -> None:
    threading.Thread(target=Watch().run, name="ftcli-sharing", daemon=True).start()


class Watch:
    """Looks now and then for how long threads have waited for a core."""

    def __init__(self) -> None:
        self.resting: RestingThreads | None = None

    def run(self) -> None:
        """Look for as long as the process lives.

        Where it stood still meanwhile, as a job that is put aside does, its threads waited for no core.
        """
        while True:
            begun, waiting = time.perf_counter(), Waiting()
            time.sleep(INTERVAL)
            if time.perf_counter() - begun < 2 * INTERVAL:
                self.look(waiting.share())

    def look(self, share: float) -> None:
        """Have threads sleep, or wait awake again, by what part of the time one has waited for a core."""
        if self.resting is None and share > _OFTEN:
            self.resting = RestingThreads()
        elif self.resting is not None and share < _SELDOM:
            self.resting.end()
            self.resting = None


class RestingThreads:
    """Threads of OpenMP's beyond the number of cores, which wait for their end."""

    def __init__(self) -> None:
        import torch

        self._ended = threading.Event()
        self._threads = torch.get_num_threads()
        for number in range(needed(self._threads, cores())):
            threading.Thread(target=self._rest, name=f"ftcli-resting-{number}", daemon=True).start()

    def end(self) -> None:
        """Have them end."""
        self._ended.set()

    def _rest(self) -> None:
        import torch

        torch.empty(self._threads * _PIECE).zero_()  # whoever computes with several threads keeps them
        self._ended.wait()


def needed(threads: int, room: int) -> int:
    """Return how many must compute with so many ``threads`` beside the first, to have more of them than cores.

    ``room`` is how many cores there are. 0: there are more already, or it would take too many.

    >>> [needed(threads, room) for threads, room in ((2, 2), (4, 2), (1, 2), (4, 8), (2, 64))]
    [1, 0, 0, 2, 0]
    """
    if threads == 1 or threads > room:
        return 0
    number = (room - threads) // (threads - 1) + 1
    return number if number <= _MOST else 0
