"""Losses that are no number, gradients that explode and models that give one answer: noticed, told and recorded."""

from __future__ import annotations

import json

import pytest
import torch
from terminal import status_of

from ftcli.engine.eager import EagerExecutor

pytestmark = pytest.mark.slow

WILD = ["--lr", "1e30", "--warmup", 0, "--output", "run"]


def counts(desk):
    return desk.ask("compare", "runs", "--json").json["tables"][0]["groups"][0]["counts"]


def test_divergence_stops_the_run_at_the_step_where_it_happens(desk):
    answer = desk.train(*WILD, "--log-every", 100, code=1)
    status = status_of(desk.folder / "runs/reviews/run")
    assert status["state"] == "diverged"
    assert f"at step {status['diverged_at']}" in answer.message
    assert status["diverged_at"] < 4
    assert "Try a smaller --lr" in answer.message
    assert counts(desk)["diverged"] == 1


@pytest.mark.parametrize("options", [[], ["--swa", "--swa-start", 0]], ids=["last", "average"])
def test_weights_ruined_by_the_last_step_are_noticed_in_the_evaluation(desk, options):
    answer = desk.train(*WILD, *options, "--max-steps", 1, code=1)
    assert "the loss on dev is nan at step 1" in answer.message
    status = status_of(desk.folder / "runs/reviews/run")
    assert (status["state"], status["diverged_at"]) == ("diverged", 1)


def test_on_request_it_goes_on_but_never_ends_as_finished(desk):
    answer = desk.train(*WILD, "--on-divergence", "continue", "--log-every", 1, code=1)
    run = desk.folder / "runs/reviews/run"
    assert "goes on as asked" in answer.message
    assert "has diverged" in answer.message
    assert status_of(run)["state"] == "diverged"
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert max(steps) == 4
    assert json.loads((run / "evaluations/dev.json").read_text())["loss"] is None
    assert counts(desk)["diverged"] == 1


def test_one_that_goes_on_in_spite_of_it_can_be_interrupted(desk, monkeypatch):
    """The norms of its gradients are no numbers either, for which a checkpoint has no word but null."""
    inner = EagerExecutor.step

    def step(self, batch):
        if self.state.taken == 23:
            raise ZeroDivisionError
        return inner(self, batch)

    monkeypatch.setattr(EagerExecutor, "step", step)
    with pytest.raises(ZeroDivisionError):
        desk.train(*WILD, "--on-divergence", "continue", "--max-steps", 26, "--checkpoint-every", 22)
    monkeypatch.undo()
    assert "has diverged" in desk.ask("train", "--resume", "run", code=1).message
    assert status_of(desk.folder / "runs/reviews/run")["state"] == "diverged"


def test_numbers_that_are_none_cannot_be_judged(desk):
    for name in ("reviews.csv", "dev.csv"):
        file = desk.folder / name
        file.write_text(file.read_text().replace(",good", ",1.5").replace(",bad", ",0.5"))
    answer = desk.train(*WILD, "--regression", "--on-divergence", "continue", code=1)
    assert "predictions are not all finite numbers" in answer.message
    status = status_of(desk.folder / "runs/reviews/run")
    assert (status["state"], status["diverged_at"] <= 4) == ("diverged", True)


def test_a_gradient_that_explodes_is_told(desk, monkeypatch):
    inner = EagerExecutor.step

    def step(self, batch):
        measures = inner(self, batch)
        return measures | ({"gradient_norm": torch.tensor(1e6)} if self.state.taken == 25 else {})

    monkeypatch.setattr(EagerExecutor, "step", step)
    answer = desk.train("--max-steps", 30, "--output", "run")
    assert "The gradient norm is 1e+06 at step 25, where" in answer.err
    status = status_of(desk.folder / "runs/reviews/run")
    assert (status["state"], status["exploded_at"]) == ("finished", 25)
    assert counts(desk)["exploded"] == 1
    assert "1 exploded" in desk.ask("compare", "runs").out


def test_an_ordinary_run_has_nothing_to_tell(desk):
    answer = desk.train("--max-steps", 40, "--output", "run", "--lr", "1e-3")
    assert "gradient norm is" not in answer.err
    assert status_of(desk.folder / "runs/reviews/run").get("exploded_at") is None


def test_collapse_is_told_when_it_happens_and_counted(desk):
    answer = desk.train("--lr", "1e-9", "--output", "run", "--epochs", 2)
    assert "gives every example the same label" in answer.err
    assert "has collapsed" in answer.out
    status = status_of(desk.folder / "runs/reviews/run")
    assert (status["state"], status["collapsed"], status["collapsed_at"]) == ("finished", True, 4)
    assert counts(desk)["collapsed"] == 1
