"""Threads that wait for each other, awake or asleep."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import mean
from types import SimpleNamespace

import pytest

from ftcli.processor import cores
from ftcli.sharing import INTERVAL, Watch, needed

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="torch comes with another OpenMP")
WITH_CORES = pytest.mark.skipif(cores() < 2, reason="nobody waits on a single core")

SLEEPS = """
import os, time
from pathlib import Path
import torch
torch.set_num_threads({threads})

def slept():
    own = str(os.getpid())
    others = [path for path in Path("/proc/self/task").iterdir() if path.name != own]
    lines = [line for path in others for line in (path / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))

def sleeps():
    numbers = torch.zeros(1_000_000)
    before = slept()
    for _ in range(50):
        numbers.add_(1)
        end = time.perf_counter() + 2e-4  # in which the others wait
        while time.perf_counter() < end:
            pass
    return slept() - before

sleeps()
"""


def said(code: str, **environment: str) -> list[str]:
    """What a process prints of its own way to wait; nothing is said to it from outside."""
    own = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    code = SLEEPS.format(threads=min(cores(), 4)) + code
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own | environment
    )
    return done.stdout.split()


@ON_LINUX
@WITH_CORES
@pytest.mark.slow
def test_threads_sleep_while_resting_ones_are_there():
    found = said(
        "from ftcli.sharing import RestingThreads\n"
        "awake = sleeps()\n"
        "resting = RestingThreads()\n"
        "time.sleep(0.3)\n"
        "asleep = sleeps()\n"
        "resting.end()\n"
        "time.sleep(0.3)\n"
        "print(awake, asleep, sleeps())\n"
    )
    awake, asleep, awake_again = map(int, found)
    assert asleep >= 40, "once for each time that they have waited"
    assert max(awake, awake_again) <= 20


@pytest.fixture
def made(monkeypatch):
    """What stands in for resting threads, in the order in which they are made."""
    found = []

    class Resting:
        def __init__(self) -> None:
            self.ended = False
            found.append(self)

        def end(self) -> None:
            self.ended = True

    monkeypatch.setattr("ftcli.sharing.RestingThreads", Resting)
    return found


def test_it_is_others_that_make_threads_sleep(made):
    watch = Watch()
    states = []
    for share in (0.0, 0.09, 0.4, 0.4, 0.05, 0.02, 0.05, 0.4):
        watch.look(share)
        states.append(watch.resting is not None)
    assert states == [False, False, True, True, True, False, False, True]
    assert [each.ended for each in made] == [True, False]


class OverError(Exception):
    """The process ends."""


def test_each_second_counts_by_itself_unless_the_process_stood_still(monkeypatch, made):
    watch, states, clock = Watch(), [], [0.0]
    seconds = [(1.0, 0.0), (1.01, 0.4), (1.0, 0.4), (5.0, 0.02), (1.0, 0.02), (5.0, 0.2), (1.0, 0.02), (1.0, 0.4)]

    class Waiting:
        def __init__(self) -> None:
            self.begun = len(states)

        def share(self) -> float:
            return mean(share for _, share in seconds[self.begun : len(states)])

    def sleep(interval):
        states.append(watch.resting is not None)
        if len(states) > len(seconds):
            raise OverError
        clock.append(clock[-1] + interval * seconds[len(states) - 1][0])

    monkeypatch.setattr("ftcli.sharing.Waiting", Waiting)
    monkeypatch.setattr("ftcli.sharing.time", SimpleNamespace(sleep=sleep, perf_counter=lambda: clock[-1]))
    with pytest.raises(OverError):
        watch.run()
    assert clock[1] == INTERVAL
    assert states == [False, False, True, True, True, False, False, False, True]
    assert [each.ended for each in made] == [True, False]


WATCHES = (
    "import threading\n"
    "import ftcli.startup\n"
    "{begin}\n"
    "from ftcli.engine.device import use_threads\n"
    "use_threads(0); use_threads(2)\n"
    "print(sum(each.name == 'ftcli-sharing' for each in threading.enumerate()), torch.get_num_threads())\n"
)


@pytest.mark.slow
def test_a_command_heeds_others_unless_it_is_said_how_threads_are_to_wait():
    own = WATCHES.format(begin="ftcli.startup.start_soon()")
    assert said(own) == ["1", "2"]
    assert said(own, OMP_WAIT_POLICY="active") == ["0", "2"]
    assert said(own, GOMP_SPINCOUNT="3000") == ["0", "2"]
    assert said(WATCHES.format(begin="")) == ["0", "2"], "who imports the package"


@pytest.mark.parametrize("threads", range(1, 9))
@pytest.mark.parametrize("room", range(1, 9))
def test_there_are_more_threads_than_cores_with_those_that_rest(threads, room):
    managed = threads + needed(threads, room) * (threads - 1)
    assert managed > room or threads == 1
    assert managed - (threads - 1) <= room or not needed(threads, room)
