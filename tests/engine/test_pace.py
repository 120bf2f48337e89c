from __future__ import annotations

import pytest

from ftcli.engine import pace
from ftcli.engine.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(pace.time, "perf_counter", lambda: now[0])
    return now


def pace_of(size=60_000_000):
    """A pace that one training goes by."""
    found = Pace(_last=0.0)
    found.expect(size)
    return found


@pytest.mark.parametrize(("step_takes", "writing_takes"), [(0.1, 0.2), (0.01, 1.0), (2.0, 0.5), (0.05, 0.001)])
def test_by_default_checkpoints_take_under_three_hundredths_of_the_time(clock, step_takes, writing_takes):
    found, writing, started = pace_of(), 0.0, 3000
    for step in range(1, 20_000):
        clock[0] += step_takes
        if found.is_due(step):
            clock[0] += writing_takes
            found.wrote(step, writing_takes)
            writing += writing_takes if step > started else 0
        if step == started:
            clock_then = clock[0]
    assert 0 < writing < 0.03 * (clock[0] - clock_then)


def test_a_short_training_writes_none(clock):
    found = pace_of()
    for step in range(1, 90):
        clock[0] += 0.1
        assert not found.is_due(step)


def test_until_one_is_written_the_size_says_what_it_costs(clock):
    small, large = pace_of(size=10**8), pace_of(size=10**10)
    clock[0] = 60.0
    assert small.is_due(1)
    assert not large.is_due(1)


def test_what_counts_is_the_time_of_all_that_go_in_step(clock):
    found = pace_of()
    for _ in range(8):
        found.wrote(5, 1.0)
    clock[0] = 100.0
    assert not found.is_due(6)
    clock[0] = 321.0
    assert found.is_due(7)
    found.wrote(7, 1.0)
    clock[0] += 41.0
    assert found.is_due(8)


def test_trainings_that_go_in_step_get_the_same_answer(clock):
    found = pace_of()
    clock[0] = 100.0
    assert found.is_due(5)
    found.wrote(5, 1.0)
    assert found.is_due(5)
    assert not found.is_due(6)


def test_every_so_many_steps():
    assert [step for step in range(1, 10) if Pace(every=3).is_due(step)] == [3, 6, 9]
