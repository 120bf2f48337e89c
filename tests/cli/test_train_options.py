"""What each option of ``ftcli train`` changes in the run that comes out."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from terminal import lines_of, status_of

from ftcli.recipes.discovery import all_strategies

LEARNS_EARLY = ["--max-steps", 48, "--lr", "5e-3", "--seed", 1]
"""The desk's training with an epoch in the middle that is better than the last."""


def weights(run, folder="model"):
    return (run / folder / "model.safetensors").read_bytes()


def dev_scores(run):
    return [entry["metrics"]["accuracy"] for entry in lines_of(run / "metrics.jsonl") if entry["split"] != "train"]


def test_recipe_and_seed_name_the_run(desk):
    assert desk.train_run("--rdrop", "--layerwise-lrd", "--seed", 3).name == "layerwise_lrd+rdrop-seed3"
    assert desk.train_run("--rdrop", "--layerwise-lrd", "--seed", 3).name == "layerwise_lrd+rdrop-seed3-2"
    assert desk.train_run("--rdrop", "--layerwise-lrd", "--seed", 3).name == "layerwise_lrd+rdrop-seed3-3"


def test_output_is_a_name_or_a_path(desk):
    assert desk.train("--output", "first", "--json").json["run"] == "runs/reviews/first"
    assert desk.train("--output", "some/where", "--json").json["run"] == "some/where"
    assert desk.train("--output", "x", "--runs-dir", "all", "shop", "--json").json["run"] == "all/shop/x"
    assert (desk.folder / "some" / "where" / "model").is_dir()


@pytest.mark.slow  # a second each
@pytest.mark.parametrize("name", [name for name, each in all_strategies().items() if not each.fallback])
def test_flag_and_name_of_a_strategy_are_the_same(desk, masked_model, name):
    model = ["--model", masked_model]
    by_flag = desk.train_run("--" + name.replace("_", "-"), "--output", "flag", *model)
    by_name = desk.train_run("--strategy", name, "--output", "name", *model)
    assert weights(by_flag) == weights(by_name)
    assert (by_flag / "settings.toml").read_text() == (by_name / "settings.toml").read_text()
    assert f'strategy = [\n    "{name}",\n]' in (by_flag / "settings.toml").read_text()


def test_order_of_the_flags_does_not_matter(desk):
    one = desk.train_run("--rdrop", "--mixout", "--layerwise-lrd", "--output", "one")
    two = desk.train_run("--layerwise-lrd", "--mixout", "--rdrop", "--output", "two")
    assert weights(one) == weights(two)


def test_strategy_at_no_strength_is_as_if_it_were_not_there(desk):
    plain = desk.train_run("--output", "plain")
    null = desk.train_run("--rdrop", "--rdrop-alpha", 0, "--mixout", "--mixout-probability", 0, "--output", "null")
    assert weights(plain) == weights(null)
    assert weights(plain) != weights(desk.train_run("--rdrop", "--rdrop-alpha", 1, "--output", "one"))


def test_modeltype_is_another_name_of_model(desk):
    assert weights(desk.train_run("--modeltype", desk.model)) == weights(desk.train_run())


def test_average_is_saved_beside_the_last_weights_and_both_are_judged(desk):
    answer = desk.train("--swa", "--swa-every", 1, *LEARNS_EARLY, "--json").json
    run = desk.folder / answer["run"]
    assert answer["kept"] == "average"
    assert weights(run) != weights(run, "model-last")
    average, last = (json.loads((run / "evaluations" / f"{name}.json").read_text()) for name in ("dev", "dev.last"))
    assert (answer["loss"], answer["last"]["loss"]) == (average["loss"], last["loss"])
    assert average["loss"] != last["loss"]
    assert len(lines_of(run / "evaluations" / "dev.last.predictions.jsonl")) == 24


def test_both_scores_are_shown(desk):
    shown = desk.train("--swa", "--swa-every", 1, *LEARNS_EARLY).out
    assert "last weights" in shown
    assert "majority baseline" in shown
    assert "(average)" in shown


def test_best_epoch_is_kept(desk):
    answer = desk.train(*LEARNS_EARLY, "--json").json
    scores = dev_scores(desk.folder / answer["run"])
    assert scores.index(max(scores)) < len(scores) - 1  # else this test shows nothing
    assert answer["kept"] == "best epoch"
    assert answer["best_step"] == 6 * (1 + scores.index(max(scores)))
    assert answer["metrics"]["accuracy"] == max(scores)
    assert not (desk.folder / answer["run"] / "model-last").exists()


def test_last_weights_are_kept_on_request(desk):
    answer = desk.train(*LEARNS_EARLY, "--save-last", "--json").json
    run = desk.folder / answer["run"]
    assert weights(run) != weights(run, "model-last")
    assert answer["last"]["metrics"]["accuracy"] == dev_scores(run)[-1]
    entries = [entry for entry in lines_of(run / "metrics.jsonl") if entry["split"] == "dev"]
    assert answer["last"]["loss"] == pytest.approx(entries[-1]["loss"], rel=1e-5)


def test_patience_ends_the_training_early(desk):
    answer = desk.train(*LEARNS_EARLY, "--patience", 1, "--json").json
    scores = dev_scores(desk.folder / answer["run"])
    assert answer["steps"] < 48
    assert scores[-1] <= scores[-2]
    assert all(later > earlier for earlier, later in pairwise(scores[:-1]))
    assert status_of(desk.folder / answer["run"])["steps"] == answer["steps"]


def test_epoch_is_selected_on_a_part_of_train(desk):
    answer = desk.train("--select-fraction", 0.25, "--json").json
    entries = lines_of(desk.folder / answer["run"] / "metrics.jsonl")
    assert {entry["split"] for entry in entries} == {"train", "select"}
    assert (answer["split"], answer["examples"]) == ("dev", 24)
    again = desk.ask("eval", "--split", "select", "--json").json
    assert again["examples"] == 12
    assert again["loss"] == pytest.approx(entries[-1]["loss"], rel=1e-4)


def test_train_size_takes_a_subset(desk):
    summary = desk.train("--train-size", 10, "--dry-run", "--json").json
    assert summary["examples"] == {"train": 10, "dev": 24}
    answer = desk.train("--train-size", 10, "--json").json
    assert desk.ask("eval", "--split", "train", "--json").json["examples"] == 10
    assert answer["steps"] == 4


def test_dev_set_is_taken_from_train_where_none_is_given(desk):
    answer = desk.ask("train", "--train-file", "reviews.csv", "--model", desk.model, "--max-steps", 2, "--json").json
    assert answer["examples"] == 10
    half = desk.ask(
        "train", "--train-file", "reviews.csv", "--dev-fraction", 0.5, "--model", desk.model, "--max-steps", 2, "--json"
    )
    assert half.json["examples"] == 24


def test_metric_of_choice_decides(desk):
    answer = desk.train("--metric", "f1", "--json").json
    assert answer["metric"] == "f1"
    assert set(answer["interval"]) == {"level", "low", "high"}


def test_accumulated_gradients_are_those_of_the_larger_batch(desk):
    large = desk.train_run("--batch-size", 8, "--output", "large")
    small = desk.train_run("--batch-size", 4, "--grad-accumulation", 2, "--output", "small")
    losses = [[entry["loss"] for entry in lines_of(run / "metrics.jsonl")] for run in (large, small)]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)  # dropout draws differ
    assert status_of(small)["steps"] == 4


def test_vocabulary_may_be_trained_whole(desk):
    compact = desk.train("--json").json
    whole = desk.train("--no-compact-vocabulary", "--json").json
    assert whole["loss"] == pytest.approx(compact["loss"], rel=1e-4)
