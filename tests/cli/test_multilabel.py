"""An example with several labels, from the file to the saved model."""

from __future__ import annotations

import json

import pytest
from terminal import TAGS

pytestmark = pytest.mark.slow


@pytest.fixture
def training(desk):
    words = list(TAGS)
    rows = []
    for number in range(60):
        chosen = [words[number % 5], words[number // 5 % 5]]
        rows.append({"text": " ".join(chosen), "label": "; ".join(sorted({TAGS[word] for word in chosen}))})
    (desk.folder / "tags.csv").write_text(
        "text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows), encoding="utf-8"
    )
    options = ["--label-separator", ";", "--model", desk.model, "--batch-size", 8, "--lr", "5e-3"]
    return ["train", "--train-file", "tags.csv", *options]


def test_it_learns_which_labels_apply(desk, training):
    answer = desk.ask(*training, "--max-steps", 80, "--rdrop", "--json").json
    assert answer["metric"] == "micro_f1"
    assert answer["metrics"]["micro_f1"] > max(0.8, answer["majority"]["micro_f1"])
    run = desk.folder / answer["run"]
    lines = [json.loads(line) for line in (run / "evaluations/dev.predictions.jsonl").read_text().splitlines()]
    for line in lines:
        above = [name for name, probability in line["probabilities"].items() if probability > 0.5]
        assert line["prediction"] == above
    assert max(sum(line["probabilities"].values()) for line in lines) > 1.2
    (desk.folder / "new.txt").write_text("red dog\n", encoding="utf-8")
    again = desk.ask("eval", run, "--json").json
    assert again["metrics"] == answer["metrics"]

    answered = json.loads(desk.ask("predict", run, "new.txt").out)
    assert set(answered["prediction"]) == {"animal", "colour"}

    from transformers import pipeline

    classify = pipeline("text-classification", model=str(run / "model"), top_k=None)
    found = {each["label"]: each["score"] for each in classify("red dog")[0]}
    assert found == pytest.approx(answered["probabilities"], abs=1e-5)
    assert found["animal"] > 0.5
    assert found["colour"] > 0.5 > found["verb"]


def test_runs_are_compared_and_shown_on_a_page(desk, training):
    for strategy in ("--swa", "--reinit"):
        desk.ask(*training, "--max-steps", 2, strategy)
    table = desk.ask("compare", "runs", "--html", "page.html", "--json").json["tables"][0]
    assert table["metric"] == "micro_f1"
    assert "animal, verb" in (desk.folder / "page.html").read_text(encoding="utf-8")


def test_what_needs_one_class_is_refused_by_name(desk, training):
    message = desk.ask(*training, "--focal", code=2).message
    assert "--focal needs one class an example, and this task asks for sets of labels" in message


def test_a_number_is_not_a_set(desk, training):
    assert (
        "--regression and --label-separator exclude each other" in desk.ask(*training, "--regression", code=2).message
    )


def test_folds_keep_rare_labels_on_both_sides_and_no_server_takes_several(desk, training):
    run = desk.ask(*training, "--max-steps", 1, "--folds", 3, "--fold", 2, "--json").json["run"]
    told = desk.folder / run / "evaluations" / "dev.predictions.jsonl"
    labels = [json.loads(line)["label"] for line in told.read_text().splitlines()]
    assert {name for each in labels for name in each} == {"animal", "colour", "verb"}
    assert "takes one label an example" in desk.ask("eval", run, "--submission", "x.tsv", code=2).message
