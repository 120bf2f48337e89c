"""``--dry-run``: what a training would do and take, without a trace of it."""

from __future__ import annotations

import json
import re

import pytest


def test_plan_in_numbers(desk):
    recipe = ["--rdrop", "--layerwise-lrd", "--layerwise-lrd-decay", 0.5, "--reinit", "--mixout"]
    summary = desk.train(*recipe, "--lr", 1e-3, "--head-lr", 2e-3, "--dry-run", "--json").json
    order = [strategy["name"] for strategy in summary["recipe"]]
    assert order == ["reinit", "layerwise_lrd", "linear_scheduler", "mixout", "rdrop"]
    assert {each["name"]: each["options"] for each in summary["recipe"]}["layerwise_lrd"] == {"decay": 0.5}
    peaks = {group["name"]: group["peak_lr"] for group in summary["groups"] if "no decay" not in group["name"]}
    expected = {"embeddings": 1.25e-4, "block 1": 2.5e-4, "block 2": 5e-4, "block 3": 1e-3, "head": 2e-3}
    assert peaks == pytest.approx(expected)
    decays = {"no decay" in group["name"]: group["weight_decay"] for group in summary["groups"]}
    assert decays == {True: 0.0, False: 0.01}
    assert summary["examples"] == {"train": 48, "dev": 24}
    assert (summary["steps"], summary["steps_per_epoch"], summary["warmup_steps"]) == (4, 6, 0)
    assert 0.5 < summary["padding_efficiency"] <= 1
    assert summary["trained_vocabulary"] < summary["vocabulary"]


def test_every_parameter_is_counted_once(desk):
    whole = desk.train("--no-compact-vocabulary", "--dry-run", "--json").json
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(desk.train_run() / "model")
    assert sum(group["parameters"] for group in whole["groups"]) == sum(each.numel() for each in model.parameters())


def test_plan_in_words(desk):
    shown = desk.train("--rdrop", "--layerwise-lrd", "--dry-run").out
    titles = [
        "  time ",
        "  memory ",
        "  disk ",
        "Settings other than the defaults",
        "Recipe, in order",
        "Parameter groups",
    ]
    assert [shown.index(title) for title in titles] == sorted(shown.index(title) for title in titles)
    for part in ["alpha=1 ", "block 3, no decay", "Examples: train 48, dev 24", "Steps: 4", "Padding efficiency: "]:
        assert part in shown


def test_settings_left_at_their_defaults_are_not_shown(desk):
    most = json.loads((desk.model / "config.json").read_text())["max_position_embeddings"]
    shown = desk.train("--lr", 1e-3, "--dry-run", "--max-length", most).out
    settings = shown.partition("Settings other")[2].partition("Recipe, in order")[0]
    assert all(name in settings for name in ("train_file", "batch_size", "max_steps", "lr "))
    assert not any(
        name in settings for name in ("weight_decay", "device", "runs_dir", "seed", "truncation", "delimiter", "header")
    )
    (length,) = [line for line in settings.splitlines() if "max_length" in line]
    assert str(most) in length
    assert length in desk.train("--lr", 1e-3, "--dry-run").out, "the model takes fewer tokens than the default"


def test_values_are_shown_as_one_types_them_and_one_rate_in_a_line(desk):
    options = ["--rdrop", "--swa", "--no-compact-vocabulary", "--delimiter", ",", "--dry-run"]
    shown = desk.train(*options).out
    assert not re.search(r"True|False|None|\['", shown)
    assert "block 3" not in shown
    found = re.search(r"all at a peak rate of 0.0001; weight decay 0.01 on ([\d,]+), 0 on ([\d,]+)\n", shown)
    groups = desk.train(*options, "--json").json["groups"]
    assert sum(int(each.replace(",", "")) for each in found.groups()) == sum(each["parameters"] for each in groups)
    settings = dict(re.findall(r"│ (\w+) +│ (\S*) +│\n", shown.partition("Recipe, in order")[0]))
    assert (settings["compact_vocabulary"], settings["delimiter"]) == ("false", ",")
    assert not settings.keys() & {"strategy", "encoding", "format", "header"}


def test_plan_agrees_with_the_run(desk):
    summary = desk.train("--epochs", 2, "--max-steps", 9, "--dry-run", "--json").json
    answer = desk.train("--epochs", 2, "--max-steps", 9, "--json").json
    assert summary["steps"] == answer["steps"] == 9


@pytest.mark.parametrize(
    "options", [[], ["--json"], ["--output", "some/where"], ["--overwrite"], ["--seeds", 2], ["--ablate"]]
)
def test_nothing_is_left_on_disk(desk, options):
    desk.train("--rdrop", "--dry-run", *options)
    assert desk.files == set()


def test_what_training_refuses_is_refused(desk):
    assert "--reinit-layers: 4 blocks" in desk.train("--reinit", "--reinit-layers", 4, "--dry-run", code=2).err
    assert "nix.csv: no such file" in desk.train("--train-file", "nix.csv", "--dry-run", code=1).err


def test_what_all_seeds_take(desk):
    shown = desk.train("--seeds", 3, "--threads", 1, "--executor", "eager", "--dry-run").out
    assert "Estimates from" in shown
    assert "for 3 runs, 1 at a time" in shown
    assert re.search(r"time +about \d[\d.]* (s|min), \d[\d.]* (s|min) a run", shown)
    assert re.search(r"memory +about \d+(\.\d)? [MG]B", shown)
    one, three = (
        desk.train(*options, "--executor", "eager", "--dry-run", "--json").json["budget"]
        for options in ([], ["--seeds", 3])
    )
    assert (one["seeds"], three["seeds"]) == (1, 3)
    assert three["disk_bytes"] == 3 * one["disk_bytes"]
    assert three["seconds"] == pytest.approx(3 * three["seconds_a_seed"])


@pytest.mark.parametrize("options", [[], ["--swa"], ["--no-save-model"]], ids=str)
def test_the_disk_that_it_takes(desk, options):
    estimate = desk.train(*options, "--dry-run", "--json").json["budget"]["disk_bytes"]
    run = desk.train_run(*options)
    size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    assert estimate == pytest.approx(size, rel=0.1, abs=20_000)


def test_memory_of_seeds_in_waves_is_that_of_a_wave(desk, monkeypatch):
    options = ["--executor", "vmap", "--dry-run", "--json"]
    monkeypatch.setattr("ftcli.engine.waves._seed_bytes", lambda state: 100)

    def told(seeds: int) -> tuple[int, int]:
        budget = desk.train("--seeds", seeds, *options).json["budget"]
        return budget["seeds"], budget["side_by_side"]

    monkeypatch.setattr("ftcli.engine.waves.free_memory", lambda device: 10_000)
    assert told(3) == (3, 3)
    monkeypatch.setattr("ftcli.engine.waves.free_memory", lambda device: 250)
    assert told(3) == (3, 2)


def test_several_studies_are_added_up_and_rates_measured_once(desk, monkeypatch):
    from ftcli.engine.probe import Probe

    inner, probed = Probe.measure, []
    monkeypatch.setattr(Probe, "measure", lambda self, setup, *rest: probed.append(setup) or inner(self, setup, *rest))
    options = ["--lr", "1e-4,1e-5", "--reinit", "--ablate", "--seeds", 2, "--threads", 1, "--dry-run"]
    answer = desk.train(*options, "--json").json
    assert len(answer["studies"]) == 4
    assert len(probed) == 2
    assert (answer["runs"], answer["budget"]["seeds"]) == (8, 8)
    assert answer["budget"]["seconds"] == pytest.approx(sum(each["budget"]["seconds"] for each in answer["studies"]))
    shown = desk.train(*options).out
    assert "8 runs, " in shown
    assert re.search(r"reinit-lr-1e-4: 2 seeds, \d", shown)


@pytest.mark.parametrize(
    ("within", "beyond", "told"),
    [
        (
            ["--warmup", 11],
            ["--warmup", 12],
            "--warmup 12: the training has 12 steps, so that the rate rises to the end",
        ),
        (
            ["--max-steps", 24, "--patience", 2],
            ["--patience", 1],
            "--patience 1 never stops a training with 2 evaluations",
        ),
    ],
    ids=["warmup", "patience"],
)
def test_settings_that_go_beyond_the_end_are_told_by_plan_and_training(desk, within, beyond, told):
    options = ["--max-steps", 12, "--batch-size", 8, "--no-check"]
    assert told in desk.train(*options, *beyond, "--dry-run").out
    assert told in desk.train(*options, *beyond).err
    assert desk.train(*options, *within, "--dry-run", "--json").json["notes"] == []
