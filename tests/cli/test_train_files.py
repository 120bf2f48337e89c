"""Own data in the forms that people keep it in."""

from __future__ import annotations

import json
import random

import pytest
from terminal import lines_of, reviews, write_rows

pytestmark = pytest.mark.slow


def write_objects(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def predictions(desk, answer):
    return lines_of(desk.folder / answer["run"] / "evaluations" / "dev.predictions.jsonl")


def test_tsv_csv_and_jsonl_of_the_same_rows_train_the_same_model(desk):
    write_rows(desk.folder / "reviews.tsv", reviews(48))
    write_objects(desk.folder / "reviews.jsonl", [{"label": label, "text": text} for text, label in reviews(48)])
    models = [
        (desk.train_run("--train-file", f"reviews.{kind}", "--output", kind) / "model/model.safetensors").read_bytes()
        for kind in ("csv", "tsv", "jsonl")
    ]
    assert models[0] == models[1] == models[2]


def test_quoted_fields_and_columns_of_other_names(desk):
    rows = [f'{number},"{text}, and ""so"" on",{label}' for number, (text, label) in enumerate(reviews(16))]
    (desk.folder / "own.csv").write_text("\n".join(["number,Sentence,class", *rows]) + "\n", encoding="utf-8")
    columns = ["--text-column", "sentence", "--label-column", "class"]
    options = ["--train-file", "own.csv", "--dev-file", "own.csv", *columns]
    assert desk.train(*options, "--json").json["examples"] == 16


def test_pairs(desk):
    rng = random.Random(0)
    words = ["the", "phone", "screen", "is", "fine"]
    rows = []
    for number in range(24):
        first = " ".join(rng.choices(words, k=4))
        second = first if number % 2 else " ".join(rng.choices(words, k=4))
        rows.append((first, second, "same" if number % 2 else "other"))
    write_rows(desk.folder / "pairs.csv", rows, header=("text", "second", "label"))
    options = ["--train-file", "pairs.csv", "--dev-file", "pairs.csv", "--pair-column", "second"]
    answer = desk.train(*options, "--json").json
    assert answer["label_names"] == ["other", "same"]
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(desk.folder / answer["model"]), device="cpu")
    for (first, second, _), written in zip(rows, predictions(desk, answer), strict=True):
        found = classify({"text": first, "text_pair": second})
        assert found["score"] == pytest.approx(written["probabilities"][found["label"]], abs=2e-5)


def test_regression(desk):
    rows = [
        (text, str({"good": 4.5, "bad": 1.0}[label] + number % 3 / 4))
        for number, (text, label) in enumerate(reviews(24))
    ]
    write_rows(desk.folder / "stars.csv", rows)
    options = ["--train-file", "stars.csv", "--dev-file", "stars.csv", "--regression"]
    answer = desk.train(*options, "--json").json
    assert answer["metric"] == "pearson"
    assert set(answer["metrics"]) == {"pearson", "spearman", "mse", "mae"}
    assert answer["label_names"] == []
    found = predictions(desk, answer)
    assert [each["label"] for each in found] == [float(target) for _, target in rows]
    from transformers import pipeline

    value = pipeline("text-classification", model=str(desk.folder / answer["model"]), device="cpu")
    for (text, _), written in zip(rows, found, strict=True):
        assert value(text)[0]["score"] == pytest.approx(written["prediction"], abs=2e-5)
    error = sum((each["prediction"] - each["label"]) ** 2 for each in found) / len(found)
    assert answer["metrics"]["mse"] == pytest.approx(error, rel=1e-4)
    config = json.loads((desk.folder / answer["model"] / "config.json").read_text())
    assert config["problem_type"] == "regression"
    assert desk.ask("eval", "--json").json["metrics"] == pytest.approx(answer["metrics"], rel=1e-4)


def test_more_than_two_labels_in_the_order_of_their_numbers(desk):
    rows = [(text, str([10, 2, 1][number % 3])) for number, (text, _) in enumerate(reviews(24))]
    write_rows(desk.folder / "levels.csv", rows)
    answer = desk.train("--train-file", "levels.csv", "--dev-file", "levels.csv", "--json").json
    assert answer["label_names"] == ["1", "2", "10"]
    assert [sum(row) for row in answer["confusion"]] == [8, 8, 8]


def test_long_texts_are_cut(desk):
    write_rows(desk.folder / "long.csv", [(f"{text} " * 60, label) for text, label in reviews(16)])
    answer = desk.train("--train-file", "long.csv", "--dev-file", "long.csv", "--json").json
    assert answer["examples"] == 16


@pytest.mark.parametrize("label", ["[bold]x[/]", "[/nothing]", "\x1b[31mred", "a\u202eb", "naïve 🙂", "\\"])
def test_label_names_of_any_kind_do_no_harm(desk, label):
    rows = [(text, {"good": "good", "bad": label}[name]) for text, name in reviews(16)]
    write_rows(desk.folder / "own.csv", rows)
    options = ["--train-file", "own.csv", "--dev-file", "own.csv"]
    shown = desk.train(*options)
    assert not {"\x1b", "\u202e"} & set(shown.out + shown.err)
    answer = desk.train(*options, "--json").json
    assert set(answer["label_names"]) == {"good", label}
    assert {each["label"] for each in predictions(desk, answer)} == {"good", label}
    write_rows(desk.folder / "other.csv", [("the phone", "unheard")])
    refused = desk.ask("eval", "baseline-seed42-2", "--file", "other.csv", code=1)
    assert "other.csv:2: unknown label 'unheard'" in refused.err
    assert not {"\x1b", "\u202e"} & set(refused.err)
    if label.startswith("["):
        assert f"'{label}'" in refused.err


def test_a_pipeline_cuts_long_texts_as_training_did(desk):
    long = [(f"{text} {text} {text}", label) for text, label in reviews(24)]
    write_rows(desk.folder / "long.csv", long)
    answer = desk.train("--train-file", "long.csv", "--dev-file", "long.csv", "--max-length", 8, "--json").json
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(desk.folder / answer["model"]), device="cpu")
    found = classify([text for text, _ in long], truncation=True)
    for each, written in zip(found, predictions(desk, answer), strict=True):
        assert each["score"] == pytest.approx(written["probabilities"][each["label"]], abs=2e-5)


def test_a_linear_model_of_words_stands_beside_the_scores(desk):
    shown = desk.train()
    assert "TF-IDF baseline" in shown.out
    assert "It scores no better than" in shown.out, "four steps teach less than the words say"
    answer = desk.train("--json").json
    assert answer["linear"]["accuracy"] > 0.9 > answer["majority"]["accuracy"], "the label shows in the words"
    assert set(answer["linear"]) == set(answer["metrics"])
    assert desk.ask("eval", "--json").json["linear"] == answer["linear"]


def test_a_study_and_a_comparison_name_the_baselines(desk):
    shown = desk.train("--seeds", 2, "--executor", "eager", "--max-steps", 1).out
    assert "Beside them: majority baseline 0.5000, TF-IDF baseline 0.9583" in shown
    compared = desk.ask("compare", "runs").out
    assert "majority baseline 0.5000; TF-IDF baseline 0.9583; 24 examples" in compared


@pytest.mark.parametrize("command", ["train", "check"])
def test_a_file_may_stand_where_the_task_does(desk, command):
    more = ["--model", desk.model, "--max-steps", 1] if command == "train" else []
    assert desk.ask(command, "reviews.csv", *more, "--json").json["task"] == "reviews"
    assert "review.csv: no such file" in desk.ask(command, "review.csv", *more, code=1).message
