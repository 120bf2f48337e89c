"""One training as the user finds it afterwards: what was printed, what lies in the run's folder, who can load it."""

from __future__ import annotations

import json
import tomllib

import pytest
from terminal import LEARNING, contents, lines_of, run_process, status_of

SCORES = {"accuracy", "balanced_accuracy", "f1", "precision", "recall", "matthews_correlation"}
SAME_EACH_TIME = ["model/model.safetensors", "model/config.json", "metrics.jsonl", "evaluations/dev.predictions.jsonl"]


def test_run_folder_is_whole(trained):
    files = set(contents(trained.run))
    assert {name for name in files if not name.startswith("events.out.tfevents")} == {
        "settings.toml",
        "status.json",
        "manifest.json",
        "metrics.jsonl",
        "timings.jsonl",
        "calibration.json",
        "reliability.svg",
        "evaluations/dev.json",
        "evaluations/dev.predictions.jsonl",
        "model/config.json",
        "model/model.safetensors",
        "model/tokenizer.json",
        "model/tokenizer_config.json",
        "model/README.md",
    }
    assert sum(name.startswith("events.out.tfevents") for name in files) == 1


def test_nothing_is_pickled(trained):
    assert not [name for name in contents(trained.desk.folder) if name.endswith((".bin", ".pt", ".pth", ".pkl"))]


def test_json_is_one_object_and_all_there_is_on_stdout(trained):
    answer = trained.answer.json
    assert set(answer["metrics"]) == SCORES
    assert answer["metrics"]["accuracy"] > 0.6  # it has learned something
    assert answer["run"] == "runs/reviews/baseline-seed2"
    assert answer["model"] == "runs/reviews/baseline-seed2/model"
    assert (answer["task"], answer["split"], answer["examples"]) == ("reviews", "dev", 24)
    assert (answer["metric"], answer["steps"], answer["collapsed"]) == ("accuracy", 30, False)
    assert answer["majority"]["accuracy"] == 0.5
    assert answer["interval"]["low"] <= answer["metrics"]["accuracy"] <= answer["interval"]["high"]


def test_what_was_printed_is_what_was_written(trained):
    written = json.loads((trained.run / "evaluations" / "dev.json").read_text())
    assert {key: trained.answer.json[key] for key in written} == written


def test_status(trained):
    status = status_of(trained.run)
    assert (status["state"], status["reason"], status["collapsed"], status["steps"]) == ("finished", None, False, 30)
    assert status["started"] <= status["ended"]
    assert status["versions"]["torch"]


def test_settings_are_resolved(trained):
    settings = tomllib.loads((trained.run / "settings.toml").read_text())
    assert (settings["seed"], settings["lr"], settings["max_steps"], settings["batch_size"]) == (2, 5e-3, 30, 8)
    assert (settings["warmup"], settings["strategy"], settings["task"]) == (0.1, [], "reviews")
    assert "rdrop" not in settings


def test_metrics_hold_losses_scores_and_rates_but_no_clock_time(trained):
    entries = lines_of(trained.run / "metrics.jsonl")
    assert {key for entry in entries for key in entry} == {
        "step",
        "epoch",
        "split",
        "loss",
        "metrics",
        "learning_rates",
    }
    assert [entry["step"] for entry in entries if entry["split"] == "dev"] == [6, 12, 18, 24, 30]
    assert [entry["step"] for entry in entries if entry["split"] == "train"] == [6, 10, 12, 18, 20, 24, 30]
    assert set(entries[-1]["metrics"]) == SCORES
    rates = [entry["learning_rates"]["head"] for entry in entries if entry["split"] == "train"]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(5e-3 / 27)  # the last of 27 steps that come down from the peak


def test_clock_times_are_kept_apart(trained):
    timings = lines_of(trained.run / "timings.jsonl")
    assert len(timings) == len(lines_of(trained.run / "metrics.jsonl"))
    seconds = [line["seconds"] for line in timings]
    assert seconds == sorted(seconds)


def test_tensorboard_reads_the_curves(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(trained.run))
    events.Reload()
    tags = set(events.Tags()["tensors"]) | set(events.Tags()["scalars"])
    assert {"train/loss", "dev/loss", "dev/accuracy", "learning rate/head"} <= tags


def test_transformers_loads_the_model(trained):
    from transformers import AutoModelForSequenceClassification

    model, report = AutoModelForSequenceClassification.from_pretrained(trained.run / "model", output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    assert model.config.id2label == {0: "bad", 1: "good"}
    assert model.config.label2id == {"bad": 0, "good": 1}


def test_pipeline_gives_the_predictions_that_were_written(trained):
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(trained.run / "model"), device="cpu")
    rows = [line.rsplit(",", 1) for line in (trained.desk.folder / "dev.csv").read_text().splitlines()[1:]]
    predictions = lines_of(trained.run / "evaluations" / "dev.predictions.jsonl")
    assert [each["id"] for each in predictions] == [str(number) for number in range(24)]
    assert [each["label"] for each in predictions] == [label for _, label in rows]
    for (text, _), written in zip(rows, predictions, strict=True):
        (answer,) = classify([text])
        assert answer["label"] == written["prediction"]
        assert answer["score"] == pytest.approx(written["probabilities"][written["prediction"]], abs=2e-5)


def test_scores_are_those_of_the_written_predictions(trained):
    predictions = lines_of(trained.run / "evaluations" / "dev.predictions.jsonl")
    right = sum(each["label"] == each["prediction"] for each in predictions)
    assert trained.answer.json["metrics"]["accuracy"] == right / 24
    counts = [
        [
            sum((each["label"], each["prediction"]) == (label, given) for each in predictions)
            for given in ("bad", "good")
        ]
        for label in ("bad", "good")
    ]
    assert trained.answer.json["confusion"] == counts


def test_model_card_tells_what_it_was_made_of(trained):
    card = (trained.run / "model" / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: transformers\n")
    assert "fine-tuned on reviews" in card
    assert f"| accuracy | {trained.answer.json['metrics']['accuracy']:.4f} |" in card
    assert "seed = 2" in card


@pytest.mark.slow
def test_same_command_in_another_process_gives_the_same_bytes(trained, desk_with_run):
    again = (
        desk_with_run.folder
        / run_process(desk_with_run.folder, *desk_with_run.training, *LEARNING, "--json").json["run"]
    )
    assert again.name == "baseline-seed2-2"  # the first one is still there
    for name in SAME_EACH_TIME:
        assert (again / name).read_bytes() == (trained.run / name).read_bytes(), name
    assert contents(desk_with_run.folder / "runs" / "reviews" / "baseline-seed2") == contents(trained.run)


def test_recorded_settings_repeat_the_run(trained, desk_with_run):
    config = desk_with_run.folder / "runs" / "reviews" / "baseline-seed2" / "settings.toml"
    answer = desk_with_run.ask("train", "--config", config, "--output", "other", "--json").json
    again = desk_with_run.folder / "runs" / "reviews" / "other"
    assert answer["run"] == "runs/reviews/other"
    for name in SAME_EACH_TIME:
        assert (again / name).read_bytes() == (trained.run / name).read_bytes(), name
    assert tomllib.loads((again / "settings.toml").read_text()) == tomllib.loads(config.read_text())


@pytest.mark.parametrize("executor", ["processes", "vmap"])
def test_recorded_settings_of_a_run_of_a_study_repeat_it_alone(trained, desk_with_run, executor):
    config = desk_with_run.folder / "runs" / "reviews" / "baseline-seed2" / "settings.toml"
    text = config.read_text()
    assert 'executor = "auto"' in text
    config.write_text(text.replace('executor = "auto"', f'executor = "{executor}"'))
    shown = desk_with_run.ask("train", "--config", config, "--output", "other")
    assert ("the same up to rounding" in shown.err) == (executor == "vmap")
    again = desk_with_run.folder / "runs" / "reviews" / "other"
    for name in SAME_EACH_TIME:
        assert (again / name).read_bytes() == (trained.run / name).read_bytes(), name
    assert 'executor = "eager"' in (again / "settings.toml").read_text()


def test_recorded_settings_of_a_recipe_repeat_it(desk):
    first = desk.train_run("--rdrop", "--rdrop-alpha", 2, "--layerwise-lrd", "--swa", "--swa-every", 1, "--seed", 5)
    answer = desk.ask("train", "--config", first / "settings.toml", "--output", "other", "--json").json
    again = desk.folder / answer["run"]
    for name in [*SAME_EACH_TIME, "model-last/model.safetensors"]:
        assert (again / name).read_bytes() == (first / name).read_bytes(), name


def test_another_seed_gives_another_model(desk):
    first, second = desk.train_run("--seed", 1), desk.train_run("--seed", 2)
    assert (first.name, second.name) == ("baseline-seed1", "baseline-seed2")
    for name in ["model/model.safetensors", "metrics.jsonl"]:
        assert (first / name).read_bytes() != (second / name).read_bytes()
