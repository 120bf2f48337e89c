"""What a run says of its speed, and the trace that it leaves."""

from __future__ import annotations

import json

import pytest


def test_a_run_says_how_fast_it_went(desk):
    answer = desk.train()
    assert "tokens a second" in answer.out
    assert "time spent" in answer.out
    speed = json.loads((desk.folder / "runs/reviews/baseline-seed42/status.json").read_text())["speed"]
    assert speed["examples_per_second"] > 0
    assert 0.5 < speed["padding_efficiency"] <= 1
    assert sum(speed["shares"].values()) == pytest.approx(1)


@pytest.mark.parametrize("steps", [8, 30])
def test_a_profile_is_a_trace_of_some_steps(desk, steps):
    run = desk.train_run("--profile", "--max-steps", steps)
    names = {event.get("name") for event in json.loads((run / "trace.json").read_text())["traceEvents"]}
    assert {"aten::addmm", "mkldnn::_linear_pointwise"} & names  # the matrix products, by whichever library is faster


def test_no_profile_is_written_unless_asked_for(desk):
    assert not (desk.train_run("--profile", "--max-steps", 2) / "trace.json").exists()  # too few steps to record any
    assert not (desk.train_run("--max-steps", 30) / "trace.json").exists()
