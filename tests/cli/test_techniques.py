"""Techniques through the real command: what is saved is what was scored."""

from __future__ import annotations

import json

import pytest
from safetensors.torch import load_file
from terminal import status_of
from transformers import AutoModelForSequenceClassification

pytestmark = pytest.mark.slow

RECIPES = [
    ["--lora", "--lawa"],
    ["--lora", "--lora-dora", "--layerwise-lrd", "--rdrop"],
    ["--lp-ft", "--gradual-unfreezing", "--cosine-scheduler"],
    ["--child-tuning", "--child-tuning-driven", "--l2-sp"],
    ["--mixup", "--multi-sample-dropout", "--label-smoothing", "--class-weights"],
    ["--noisytune", "--smart", "--optimizer", "rmsprop"],
    ["--recadam", "--sam", "--freelb", "--contrastive", "--contrastive-projection", "8"],
    ["--bitfit", "--freeze", "--warmup", "3", "--optimizer", "sgd", "--no-decay", "biases"],
]


def evaluation(run, name="dev"):
    return json.loads((run / "evaluations" / f"{name}.json").read_text())


@pytest.mark.parametrize("options", RECIPES, ids=" ".join)
def test_the_saved_model_scores_what_the_run_says(desk, options):
    run = desk.train_run("--output", "run", *options)
    model = AutoModelForSequenceClassification.from_pretrained(run / "model")
    assert {name.partition(".")[0] for name, _ in model.named_parameters()} == {"bert", "classifier"}
    again = desk.ask("eval", "runs/reviews/run", "--json").json
    assert again["metrics"] == pytest.approx(evaluation(run)["metrics"])
    assert again["loss"] == pytest.approx(evaluation(run)["loss"], rel=1e-4)


def test_the_words_are_learned_before_the_labels(desk, masked_model):
    options = ["--tapt", "--tapt-epochs", 3, "--tapt-lr", 1e-2, "--model", masked_model, "--log-every", 1]
    run = desk.train_run("--output", "run", *options)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    epoch = desk.ask(*desk.training, "--dry-run", "--json").json["steps_per_epoch"]
    guessing = [line["loss"] for line in lines if line["step"] <= 3 * epoch]
    first, last = sum(guessing[:epoch]) / epoch, sum(guessing[-epoch:]) / epoch
    assert first > 4  # of thousands of words
    assert last < first - 1
    assert {line["split"] for line in lines if line["step"] <= 3 * epoch} == {"train"}
    assert lines[3 * epoch]["loss"] < 2  # of two labels
    assert {name.partition(".")[0] for name in load_file(run / "model" / "model.safetensors")} == {"bert", "classifier"}


def test_epochs_of_probing_are_neither_chosen_nor_waited_for(desk):
    """At a rate that moves nothing every epoch of probing scores the same, which ends a training that waits one."""
    probing = ["--lp-ft", "--lp-ft-epochs", 3, "--lp-ft-lr", 1e-12, "--patience", 1, "--ema", "--ema-decay", 0.5]
    run = desk.train_run("--output", "run", *probing)
    epoch = desk.ask(*desk.training, "--dry-run", "--json").json["steps_per_epoch"]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    judged = [line["step"] for line in lines if line["split"] == "dev"]
    assert judged[:3] == [epoch, 2 * epoch, 3 * epoch]
    assert judged[-1] > 3 * epoch
    assert json.loads((run / "status.json").read_text())["best_step"] > 3 * epoch


def test_a_model_without_a_head_for_words_is_refused(desk):
    answer = desk.train("--tapt", "--output", "run", code=1)
    assert "has no head for masked words" in answer.err
    assert "Leave --tapt out" in answer.err
    assert not (desk.folder / "runs" / "reviews" / "run").exists()


def test_the_run_says_that_it_trains_the_whole_table(desk):
    said = {options: desk.train(*options, "--output", f"run{len(options)}").err for options in [("--noisytune",), ()]}
    assert "whole embedding table, as --noisytune must" in said["--noisytune",]
    assert "whole embedding table" not in said[()]


def test_what_rests_is_computed_once_and_comes_to_the_same(desk):
    kept, computed = (
        desk.train_run("--output", name, "--freeze", f"--{name}", "--threads", 1)
        for name in ("freeze-cache", "no-freeze-cache")
    )
    assert evaluation(kept)["loss"] == pytest.approx(evaluation(computed)["loss"], rel=1e-3)


def test_probing_comes_before_the_epochs(desk):
    plain = desk.ask(*desk.training, "--dry-run", "--json").json
    probed = desk.ask(*desk.training, "--lp-ft", "--lp-ft-epochs", 2, "--dry-run", "--json").json
    assert probed["steps"] == plain["steps"] + 2 * plain["steps_per_epoch"]


def test_the_plan_says_that_the_whole_vocabulary_is_trained_where_less_would_not_be_exact(desk):
    rows = {
        option: desk.ask(*desk.training, *option, "--dry-run", "--json").json
        for option in [(), ("--noisytune",), ("--optimizer", "adagrad")]
    }
    assert rows[()]["trained_vocabulary"] < rows[()]["vocabulary"]
    assert rows["--noisytune",]["trained_vocabulary"] == rows["--noisytune",]["vocabulary"]
    assert rows["--optimizer", "adagrad"]["trained_vocabulary"] == rows[()]["vocabulary"]
    status = status_of(desk.train_run("--noisytune", "--max-steps", 1))
    assert status["trained_vocabulary"] == status["vocabulary"] == rows[()]["vocabulary"]


@pytest.mark.parametrize("lr", ["1e-4", "3e-2"])
def test_an_average_that_is_not_better_gives_way_to_the_last_weights(desk, lr):
    options = ["--swa", "--swa-every", 1, "--lr", lr, "--threads", 1]
    always = desk.train_run("--output", "always", *options)
    metric = evaluation(always)["metric"]
    average, last = (evaluation(always, name)["metrics"][metric] for name in ("dev", "dev.last"))
    chosen = desk.train_run("--output", "chosen", *options, "--average-if-better")
    assert evaluation(chosen)["metrics"][metric] == max(average, last)
    kept = json.loads((chosen / "status.json").read_text())["kept"]
    assert kept == ("average" if average > last else "last epoch")
