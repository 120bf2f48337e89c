"""Subjects that take turns: real processes, on the demo's data."""

from __future__ import annotations

import os
import signal
import time

import pytest

from benchmarks.relay import measure, side_by_side
from benchmarks.subjects import Clock, Job

PAUSE = 0.2


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


def test_subjects_take_turns_and_each_is_measured(ftcli, tiny_model, tmp_path):
    ftcli("download", "demo", "--train-rows", 64, "--dev-rows", 8, "--test-rows", 1)
    job = Job(task="demo", data_dir=str(tmp_path / "data"), model=str(tiny_model), steps=13, skip=1)
    found = side_by_side({"ftcli": job, "Trainer defaults": job})
    assert list(found) == ["ftcli", "Trainer defaults"]
    assert all(each["examples_per_second"] > 0 for each in found.values())


def test_a_subject_that_fails_is_told_of():
    with pytest.raises(SystemExit, match=r"(?s)ftcli failed:.*nowhere"):
        measure("ftcli", Job(task="nowhere"))
