"""What a training says of its own speed."""

from __future__ import annotations

import pytest

from ftcli.engine.speed import DATA, EVALUATION, STEP, Speed, SpeedMeter, mean_speed


def test_rates_leave_evaluation_out_and_shares_add_up_to_one():
    meter = SpeedMeter(seconds={DATA: 1.0, STEP: 3.0, EVALUATION: 4.0})
    meter.count(examples=16, tokens=90, padded=100)
    meter.count(examples=16, tokens=60, padded=100)
    speed = meter.speed(10.0)
    assert speed.examples_per_second == pytest.approx(8)
    assert speed.tokens_per_second == pytest.approx(37.5)
    assert speed.padding_efficiency == pytest.approx(0.75)
    assert speed.shares == pytest.approx({DATA: 0.1, STEP: 0.3, EVALUATION: 0.4, "other": 0.2})


def test_time_is_counted_even_where_the_work_fails():
    meter = SpeedMeter()
    with pytest.raises(ValueError, match="no"), meter.spent_on(STEP):
        raise ValueError("no")
    assert meter.seconds[STEP] > 0


def test_how_long_threads_waited_for_a_core_is_part_of_it(monkeypatch):
    monkeypatch.setattr("ftcli.processor._waited", iter([{"1": 3.0}, {"1": 3.0, "2": 1e9}]).__next__)
    assert SpeedMeter().speed(10.0).waited > 1


def test_several_trainings_are_told_by_the_mean_of_each_number():
    found = mean_speed(
        [Speed(2.0, 100.0, 1000.0, 0.9, {STEP: 1.0}, waited=0.5), Speed(4.0, 50.0, 600.0, 1.0, {DATA: 0.5, STEP: 0.5})]
    )
    assert found == Speed(3.0, 75.0, 800.0, 0.95, {STEP: 0.75, DATA: 0.25}, waited=0.25)
