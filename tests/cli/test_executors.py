"""``--executor graph`` and ``--precision``: what a GPU is for, as far as it shows without one, and on one."""

from __future__ import annotations

import pytest
import torch
from tape import Tape
from terminal import lines_of

LONGER = ["--max-steps", 12, "--threads", 1]


def losses(run):
    return [line["loss"] for line in lines_of(run / "metrics.jsonl")]


def test_a_graph_without_a_gpu_is_refused(desk):
    answer = desk.train("--executor", "graph", "--device", "cpu", code=2)
    assert "--executor graph" in answer.message
    assert not desk.files & {"runs"}


@pytest.fixture
def pretend(monkeypatch):
    """Have the processor stand in for a GPU, and a tape for its graphs; give the tapes that were recorded."""
    from ftcli.engine import assembly, executors, graph

    tapes = []

    def record(self, work, generators):
        tapes.append(Tape(work, generators))
        return tapes[-1]

    monkeypatch.setattr(assembly, "device_for_training", lambda *_: torch.device("cpu"))
    monkeypatch.setattr(executors, "_may_be_recorded", lambda _: True)
    monkeypatch.setattr(graph, "CudaGraphs", type("Tapes", (), {"record": record}))
    return tapes


@pytest.mark.parametrize("options", [["--rdrop", "--swa"], ["--gradual-unfreezing", "--lp-ft", "--fgm"]], ids=str)
def test_a_run_of_replayed_steps_is_that_of_eager_ones(desk, pretend, options):
    eager = desk.train_run(*options, *LONGER, "--executor", "eager", "--output", "eager")
    assert not pretend
    graph = desk.train_run(*options, *LONGER, "--executor", "graph", "--output", "graph")
    assert pretend
    assert losses(graph) == pytest.approx(losses(eager), rel=1e-4)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_so_is_a_study_in_the_same_steps(desk, pretend, monkeypatch):
    study = ["--seeds", "3,4", "--rdrop", *LONGER, "--executor", "vmap", "--output"]
    desk.train(*study, "replayed")
    assert pretend
    monkeypatch.setattr("ftcli.engine.executors._may_be_recorded", lambda _: False)
    desk.train(*study, "eager")
    for seed in (3, 4):
        one, other = (desk.folder / f"runs/reviews/{name}/seed-{seed}" for name in ("replayed", "eager"))
        assert losses(one) == pytest.approx(losses(other), rel=1e-4)


def test_it_is_said_that_steps_are_not_recorded(desk, pretend, monkeypatch):
    from ftcli.engine import graph

    def refuse(self, work, generators):
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(graph, "CudaGraphs", type("Refusing", (), {"record": refuse}))
    answer = desk.train(*LONGER, "--executor", "graph")
    assert "not recorded, but taken eagerly: operation not permitted when stream is capturing" in answer.err


def test_lower_precision_moves_scores_a_little(desk):
    exact = desk.train_run(*LONGER, "--output", "fp32", "--precision", "fp32")
    rounded = desk.train_run(*LONGER, "--output", "bf16", "--precision", "bf16")
    assert losses(exact) == losses(desk.train_run(*LONGER, "--output", "auto", "--device", "cpu"))
    assert losses(rounded) != losses(exact)
    assert losses(rounded) == pytest.approx(losses(exact), rel=0.05)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_on_a_gpu_a_run_of_graphs_is_that_of_eager_steps(desk, precision):
    options = [*LONGER, "--device", "cuda", "--precision", precision, "--rdrop"]
    eager = desk.train_run(*options, "--executor", "eager", "--output", "eager")
    answer = desk.train(*options, "--executor", "graph", "--output", "graph")
    assert "not recorded" not in answer.err
    graph = desk.folder / "runs/reviews/graph"
    assert losses(graph) == pytest.approx(losses(eager), rel=1e-2)
