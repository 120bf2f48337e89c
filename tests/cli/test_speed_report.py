"""What a run says of its speed, and the trace that it leaves."""

from __future__ import annotations

import json

import pytest
from terminal import run_process

pytestmark = pytest.mark.slow


def test_a_run_says_how_fast_it_went(desk):
    answer = desk.train()
    assert "tokens a second of its steps; " in answer.out
    assert "time spent" in answer.out
    speed = json.loads((desk.folder / "runs/reviews/baseline-seed42/status.json").read_text())["speed"]
    assert speed["examples_per_second"] > 0
    assert 0.5 < speed["padding_efficiency"] <= 1
    assert sum(speed["shares"].values()) == pytest.approx(1)


def test_a_run_says_how_long_it_waited_for_a_core(desk, monkeypatch):
    monkeypatch.setattr("ftcli.processor.Waiting.share", lambda _: 0.34)
    assert "a thread waited for a free core 34% of the time" in " ".join(desk.train().out.split())
    monkeypatch.setattr("ftcli.processor.Waiting.share", lambda _: 0.05)
    assert "waited for" not in desk.train("--overwrite").out


def test_a_study_says_so_of_its_runs(desk):
    answer = desk.train("--seeds", 2)
    assert "s in all, the seeds in processes side by side." in answer.out
    speeds = [
        json.loads(status.read_text())["speed"]["examples_per_second"]
        for status in desk.folder.glob("runs/reviews/*/seed-*/status.json")
    ]
    assert len(speeds) == 2
    assert f"{sum(speeds) / 2:,.0f} examples and" in answer.out
    assert "time spent" in answer.out


@pytest.mark.parametrize(("steps", "recorded"), [(2, 2), (12, 10), (30, 10)])
def test_a_profile_is_a_trace_of_some_steps(desk, steps, recorded):
    answer = run_process(desk.folder, *desk.training, "--profile", "--max-steps", steps)
    trace = desk.folder / "runs/reviews/baseline-seed42/trace.json"
    assert "baseline-seed42/trace.json" in answer.out
    assert "profiler" not in (answer.out + answer.err).lower()
    names = [event.get("name") for event in json.loads(trace.read_text())["traceEvents"]]
    assert {"aten::addmm", "mkldnn::_linear_pointwise"} & set(names)  # the matrix products, by whichever is faster
    assert sum(str(name).startswith("Optimizer.step#") for name in names) == recorded


def test_each_run_of_a_study_has_its_trace(desk):
    answer = desk.train("--seeds", 2, "--profile", "--max-steps", 3, "--executor", "eager")
    for seed in (42, 43):
        trace = f"runs/reviews/baseline/seed-{seed}/trace.json"
        assert trace in answer.out
        assert (desk.folder / trace).is_file()


def test_of_seeds_in_the_same_steps_the_first_has_the_trace(desk):
    options = ["--seeds", 2, "--profile", "--max-steps", 30, "--executor", "vmap"]
    answer = run_process(desk.folder, *desk.training, *options)
    found = [str(path.relative_to(desk.folder)) for path in desk.folder.rglob("trace.json")]
    assert found == ["runs/reviews/baseline/seed-42/trace.json"]
    assert f"Its trace of a few steps, for chrome://tracing or Perfetto: {found[0]}" in answer.out


def test_no_profile_is_written_unless_asked_for(desk):
    answer = desk.train("--max-steps", 30)
    assert "trace" not in answer.out
    assert not (desk.folder / "runs/reviews/baseline-seed42/trace.json").exists()


@pytest.mark.parametrize(("steps", "kept"), [(6, {"only epoch"}), (7, {"best epoch", "last epoch"})])
def test_an_epoch_that_is_the_only_one_was_not_chosen(desk, steps, kept):
    answer = desk.train("--max-steps", steps)
    status = json.loads((desk.folder / "runs/reviews/baseline-seed42/status.json").read_text())
    assert status["kept"] in kept
    assert ("The epoch was chosen" in answer.out) == (steps > 6)
    assert ("The epoch was chosen" in desk.ask("compare", "runs").out) == (steps > 6)
