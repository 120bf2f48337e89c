"""What the system says of the processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftcli.processor import Waiting, described

BUSY = """
import os, time
from ftcli.processor import Waiting
os.sched_setaffinity(0, {{{core}}})
print("ready", flush=True)
input()
waiting, end = Waiting(), time.perf_counter() + 1
while time.perf_counter() < end:
    pass
print(waiting.share())
"""


def test_something_is_said_of_the_processor():
    assert described()


def counts_waiting() -> bool:
    """Whether the system does."""
    counted = Path("/proc/self/schedstat")
    return counted.exists() and counted.read_text(encoding="ascii").split() != ["0", "0", "0"]


@pytest.mark.skipif(not counts_waiting(), reason="the system does not count how long threads wait")
def test_two_that_share_a_core_each_wait_half_of_the_time():
    code = BUSY.format(core=min(os.sched_getaffinity(0)))
    command, pipes = [sys.executable, "-c", code], {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    two = [subprocess.Popen(command, text=True, **pipes) for _ in range(2)]
    for each in two:
        each.stdout.readline()
    for each in two:
        print(file=each.stdin, flush=True)
    shares = [float(each.communicate()[0]) for each in two]
    assert all(0.2 < share < 1 for share in shares)


def test_where_the_system_counts_nothing_nobody_has_waited(monkeypatch):
    monkeypatch.setattr("ftcli.processor._waited", dict)
    assert Waiting().share() == 0
