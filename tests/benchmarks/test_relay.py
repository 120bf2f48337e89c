"""Subjects that take turns: real processes, on the demo's data and on none."""

from __future__ import annotations

import os
import signal
import sys
import time
from itertools import pairwise

import pytest

from benchmarks import relay
from benchmarks.relay import measure, side_by_side
from benchmarks.subjects import Clock, Job

pytestmark = pytest.mark.slow

PAUSE = 0.2
TURNS = 4
SUBJECT = """
import json, os, signal, sys, time
turns = []
for number in range(int(sys.argv[1])):
    begun = time.monotonic()
    time.sleep(0.05)
    turns.append((begun, time.monotonic()))
    os.kill(os.getpid(), signal.SIGSTOP)
print(json.dumps({"turns": turns}))
"""
FAILURE = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); raise SystemExit('out of luck')"


def test_a_clock_stands_still_while_others_have_their_turn(monkeypatch):
    stops = []

    def stop(process, number):
        stops.append((process, number))
        time.sleep(PAUSE)

    monkeypatch.setattr(os, "kill", stop)
    clock = Clock(Job(batch_size=16, skip=2, steps=8, pause_every=3))
    for number in range(1, 9):
        clock.step(number)
    assert stops == 2 * [(os.getpid(), signal.SIGSTOP)]
    assert 0 < clock.seconds < PAUSE
    assert clock.found["examples_per_second"] == pytest.approx(16 * 6 / clock.seconds)


def test_one_subject_runs_at_a_time_and_each_in_its_turn(monkeypatch):
    turns = {"long": TURNS, "short": 2}
    monkeypatch.setattr(relay, "_command", lambda name, job: [sys.executable, "-c", SUBJECT, str(turns[name])])
    found = side_by_side(dict.fromkeys(turns, Job()))
    spans = sorted((*span, name) for name, each in found.items() for span in each["turns"])
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert [name for *_, name in spans] == ["long", "short", "long", "short", "long", "long"]


def test_one_that_fails_ends_those_that_stand_still(monkeypatch):
    started = []
    popen = relay.subprocess.Popen

    def start(*given, **options):
        started.append(popen(*given, **options))
        return started[-1]

    monkeypatch.setattr(relay.subprocess, "Popen", start)
    code = {"waits": SUBJECT, "fails": FAILURE}
    monkeypatch.setattr(relay, "_command", lambda name, job: [sys.executable, "-c", code[name], str(TURNS)])
    with pytest.raises(SystemExit, match=r"(?s)fails failed, exit code 1:.*out of luck"):
        side_by_side(dict.fromkeys(code, Job()))
    assert [each.returncode for each in started] == [-signal.SIGKILL, 1]


def test_subjects_are_measured_as_they_train(ftcli, tiny_model, tmp_path):
    ftcli("download", "demo", "--train-rows", 64, "--dev-rows", 8, "--test-rows", 1)
    job = Job(task="demo", data_dir=str(tmp_path / "data"), model=str(tiny_model), steps=7, skip=1, pause_every=2)
    found = side_by_side({"ftcli": job, "Trainer defaults": job})
    assert list(found) == ["ftcli", "Trainer defaults"]
    assert all(each["examples_per_second"] > 0 for each in found.values())


def test_a_subject_that_fails_is_told_of():
    with pytest.raises(SystemExit, match=r"(?s)ftcli failed, exit code 1:.*nowhere"):
        measure("ftcli", Job(task="nowhere"))
