"""Techniques through the real command: what is saved is what was scored."""

from __future__ import annotations

import json

import pytest
from transformers import AutoModelForSequenceClassification

RECIPES = [
    ["--lora", "--lawa"],
    ["--lp-ft", "--gradual-unfreezing", "--cosine-scheduler"],
    ["--child-tuning", "--child-tuning-driven", "--l2-sp"],
    ["--mixup", "--multi-sample-dropout", "--rdrop", "--label-smoothing"],
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
