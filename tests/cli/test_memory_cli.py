"""Memory that runs out in a training: batches are split, that is told and recorded, and the result is a known one."""

from __future__ import annotations

import pytest
import torch
from terminal import status_of

from ftcli.engine.eager import EagerExecutor
from ftcli.models.encoder import Encoder

pytestmark = pytest.mark.slow

RESULTS = ["metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl"]
DROPOUT = ["--threads", 1, "--log-every", 2]


@pytest.fixture
def room(monkeypatch):
    """Set how many rows fit in a forward pass, of training and of evaluation."""
    inner = Encoder.forward
    most = {True: 1000, False: 1000}

    def forward(self, weights, inputs, *rest):
        if len(inputs["input_ids"]) > most[self.training]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return inner(self, weights, inputs, *rest)

    def limit(*, training=1000, evaluation=1000):
        most.update({True: training, False: evaluation})

    monkeypatch.setattr(Encoder, "forward", forward)
    return limit


def results(run):
    return {name: (run / name).read_bytes() for name in RESULTS}


def test_a_batch_that_does_not_fit_is_split_and_gives_what_accumulation_gives(desk, room):
    expected = results(desk.train_run(*DROPOUT, "--batch-size", 2, "--grad-accumulation", 4))
    room(training=2)
    answer = desk.train(*DROPOUT, "--output", "split")
    run = desk.folder / "runs/reviews/split"
    assert results(run) == expected
    status = status_of(run)
    assert (status["state"], status["micro_batch"], status["micro_batch_since"]) == ("finished", 2, 0)
    assert answer.message.count("Memory ran out") == 1
    assert "Memory ran out after step 0: from here on 2 examples in a forward pass of training in place of 8." in (
        answer.message
    )


def test_evaluations_are_split_too(desk, room):
    expected = desk.train("--json").json
    room(evaluation=10)
    answer = desk.train("--output", "split", "--json").json
    assert answer["metrics"] == expected["metrics"]
    assert answer["loss"] == pytest.approx(expected["loss"], rel=1e-5)
    assert status_of(desk.folder / "runs/reviews/split")["eval_batch"] == 8
    judged = desk.ask("eval", "split", "--json").json
    assert judged["metrics"] == expected["metrics"]


def test_a_resumed_run_knows_what_fitted(desk, room, monkeypatch):
    class PowerCutError(Exception):
        pass

    def train(*options):
        inner, taken = EagerExecutor.step, []

        def step(self, batch):
            if len(taken) == 6 and cut:
                raise PowerCutError
            room(training=4 if len(taken) == 1 else 1000)  # it is short once, in the second step
            taken.append(None)
            return inner(self, batch)

        monkeypatch.setattr(EagerExecutor, "step", step)
        try:
            desk.ask(*options)
        finally:
            monkeypatch.setattr(EagerExecutor, "step", inner)
            room()

    training = [*desk.training, *DROPOUT, "--max-steps", 8, "--checkpoint-every", 3]
    cut = False
    train(*training, "--output", "whole")
    cut = True
    with pytest.raises(PowerCutError):
        train(*training, "--output", "cut")
    desk.ask("train", "--resume", "cut")
    whole, resumed = (desk.folder / "runs/reviews" / name for name in ("whole", "cut"))
    assert results(resumed) == results(whole)
    assert [status_of(run)["micro_batch"] for run in (whole, resumed)] == [4, 4]


def test_a_single_example_that_does_not_fit_ends_with_what_to_change(desk, room):
    room(training=0)
    answer = desk.train("--output", "run", code=1)
    assert "memory ran out, and there can't be fewer examples" in answer.message
    assert "Give a lower --max-length" in answer.message
    assert "--batch-size" in answer.message
    status = status_of(desk.folder / "runs/reviews/run")
    assert status["state"] == "failed"
    assert "memory ran out" in status["reason"]


def test_memory_that_runs_out_in_the_optimizer_is_no_traceback(desk, monkeypatch):
    def step(*_):
        torch.empty(2**60)

    monkeypatch.setattr("ftcli.engine.optimizer.PlannedOptimizer.step", step)
    assert "memory ran out: " in desk.train(code=1).message


def test_a_dry_run_tells_that_a_batch_does_not_fit(desk, room):
    assert desk.train("--dry-run", "--json").json["budget"]["micro_batch"] is None
    room(training=4)
    assert "a batch does not fit: 4 examples at a time" in desk.train("--dry-run").out


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError()], ids=["cuda", "python"]
)
def test_memory_that_runs_out_in_any_command_is_no_traceback(desk, monkeypatch, error):
    def load(*_):
        raise error

    run = desk.train_run()
    monkeypatch.setattr("ftcli.engine.reevaluation.load_finetuned", load)
    assert "memory ran out" in desk.ask("eval", run, code=1).message
