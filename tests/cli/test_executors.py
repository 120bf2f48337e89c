"""``--executor graph`` and ``--precision``: what a GPU is for, as far as it shows without one, and on one."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from power import PowerCutError, cut
from scipy.stats import ks_2samp
from strategies.cases import recipes
from tape import Tape
from terminal import lines_of, results, reviews, write_rows
from torch.utils._python_dispatch import TorchDispatchMode

from ftcli.engine.graph import GraphExecutor
from ftcli.engine.measured import Measured

pytestmark = pytest.mark.slow

LONGER = ["--max-steps", 12, "--threads", 1]


def losses(run):
    return [line["loss"] for line in lines_of(run / "metrics.jsonl")]


def test_a_graph_without_a_gpu_is_refused(desk):
    answer = desk.train("--executor", "graph", "--device", "cpu", code=2)
    assert "--executor graph" in answer.message
    assert not desk.files & {"runs"}


def test_so_it_is_for_a_study_before_anything_is_written(desk):
    answer = desk.train("--executor", "graph", "--device", "cpu", "--seeds", 2, code=2)
    assert "--executor graph" in answer.message
    assert "Fine-tuning" not in answer.err
    assert not desk.files
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


class Reads(TorchDispatchMode):
    """Counts the numbers that are read of tensors: on a GPU each is a wait."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func is torch.ops.aten._local_scalar_dense.default
        return func(*args, **(kwargs or {}))


def test_numbers_are_read_once_an_entry_and_not_once_a_step(desk, pretend, monkeypatch):
    started = Measured.__init__

    def elsewhere(self, device, steps=()):
        started(self, torch.device("meta"), steps)

    monkeypatch.setattr(Measured, "__init__", elsewhere)

    def reads(steps, log_every):
        with Reads() as seen:
            options = ["--batch-size", 2, "--max-steps", steps, "--log-every", log_every, "--overwrite"]
            desk.train("--executor", "graph", "--threads", 1, "--no-save-model", *options)
        return seen.count

    half, whole = reads(12, 12), reads(24, 24)
    assert whole - half < 12  # where a shape is met, transformers looks into its mask
    assert reads(24, 6) > whole


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


ONE, TWO = ["--executor", "graph"], ["--seeds", "3,4", "--executor", "vmap"]
studies = pytest.mark.parametrize("study", [ONE, TWO], ids=["one", "study"])


@studies
@pytest.mark.usefixtures("pretend")
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_replayed_steps_go_on_as_if_they_had_not_been_interrupted(desk, monkeypatch, study):
    go_on(desk, monkeypatch, *study, rel=1e-5)


@pytest.mark.gpu
@studies
@pytest.mark.parametrize("optimizer", ["adamw", "nadam"])
def test_on_a_gpu_they_do_up_to_the_order_in_which_it_adds(desk, monkeypatch, study, optimizer):
    go_on(desk, monkeypatch, *study, "--device", "cuda", "--optimizer", optimizer, rel=1e-3)


def go_on(desk, monkeypatch, *options, rel):
    options = [*LONGER, *options, "--rdrop", "--swa", "--checkpoint-every", 5]
    desk.train(*options, "--output", "whole")
    cut(monkeypatch, 8, GraphExecutor)
    with pytest.raises(PowerCutError):
        desk.train(*options, "--output", "cut")
    desk.ask("train", "--resume", "cut")
    for seed in ("seed-3", "seed-4") if TWO[0] in options else ("",):
        whole, resumed = (desk.folder / "runs/reviews" / name / seed for name in ("whole", "cut"))
        assert [line["step"] for line in lines_of(resumed / "metrics.jsonl")][-1] == LONGER[1]
        assert losses(resumed) == pytest.approx(losses(whole), rel=rel)


def with_dropout(desk, model, rate):
    """Copy a model, and have it drop out so much."""
    folder = shutil.copytree(model, desk.folder / "model")
    config = json.loads((folder / "config.json").read_text())
    rates = dict.fromkeys(("hidden_dropout_prob", "attention_probs_dropout_prob"), rate)
    (folder / "config.json").write_text(json.dumps(config | rates))
    return folder


@pytest.mark.parametrize("rate", [0.1, 0.0], ids=["dropout", "no dropout"])
@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: f"{recipe[0].name} and {len(recipe) - 1} more")
def test_in_processes_every_strategy_comes_to_the_same_to_the_byte(desk, masked_model, recipe, rate):
    write_rows(desk.folder / "reviews.csv", [*reviews(48)[::2], *reviews(48)[1::6]])  # so that classes differ in weight
    flags = [flag for case in recipe for flag in case.flags]
    options = [*flags, "--model", with_dropout(desk, masked_model, rate), "--seeds", "3,4", "--threads", 1]
    for executor in ("eager", "processes"):
        desk.train(*options, "--executor", executor, "--output", executor)
    for seed in (3, 4):
        eager, processes = (desk.folder / f"runs/reviews/{each}/seed-{seed}" for each in ("eager", "processes"))
        assert results(processes) == results(eager)


def last_losses(desk, seeds, device, executor, *options, first=42):
    name = f"{executor}-from-{first}"
    options = ["--lr", 2e-3, "--device", device, "--executor", executor, *options, "--seed", first, "--output", name]
    desk.train("--seeds", seeds, *options)
    runs = sorted((desk.folder / "runs/reviews" / name).glob("seed-*"))
    assert len(runs) == seeds
    return [losses(run)[-1] for run in runs]


def test_on_a_processor_every_executor_draws_the_same_dropout(desk):
    eager, *others = (last_losses(desk, 3, "cpu", executor) for executor in ("eager", "processes", "vmap"))
    assert len(set(eager)) == 3
    for found in others:
        assert found == pytest.approx(eager, rel=1e-5)


def assert_alike_in_distribution(found, expected):
    """Tried on the losses, as scores of a small set come in steps."""
    assert len(set(found)) == len(found)
    assert ks_2samp(found, expected).pvalue > 0.01


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_on_a_processor_20_seeds_score_alike_whatever_is_drawn(desk, pretend, monkeypatch):
    """A seed draws the same under all executors there: so each has seeds of its own, which set dropout alone."""
    options = ["--model", with_dropout(desk, desk.model, 0.3), "--init-seed", 1, "--data-seed", 1, "--threads", 1]
    options += ["--lr", "5e-3", "--max-steps", 24, "--no-save-model"]
    recorded = last_losses(desk, 20, "cpu", "vmap", *options, first=41)
    assert pretend
    monkeypatch.setattr("ftcli.engine.executors._may_be_recorded", lambda _: False)
    vmap = last_losses(desk, 20, "cpu", "vmap", *options, first=21)
    eager = last_losses(desk, 20, "cpu", "eager", *options, first=1)
    for found in (recorded, vmap):
        assert_alike_in_distribution(found, eager)


@pytest.mark.gpu
def test_on_a_gpu_20_seeds_score_alike_under_every_executor(desk):
    """With dropout, whose numbers differ."""
    eager, graph, vmap = (last_losses(desk, 20, "cuda", executor) for executor in ("eager", "graph", "vmap"))
    assert vmap != pytest.approx(eager, rel=1e-3)
    for found in (graph, vmap):
        assert_alike_in_distribution(found, eager)
