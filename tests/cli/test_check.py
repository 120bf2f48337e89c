"""``ftcli check`` as a user meets it."""

from __future__ import annotations

import pytest
from terminal import reviews, status_of, write_rows


@pytest.fixture
def files():
    return ["--train-file", "reviews.csv", "--dev-file", "dev.csv"]


def spoil(desk, rows):
    write_rows(desk.folder / "reviews.csv", [*reviews(48), *rows])


def test_errors_stop_and_all_are_told_with_their_lines(desk, files):
    spoil(desk, [("", "good"), ("fine phone", ""), ("", "bad")])
    shown = desk.ask("check", *files, code=1).out
    assert "Error column 'text' is empty reviews.csv lines 50, 52" in shown
    assert "Error the label is empty reviews.csv line 51" in shown
    assert "2 errors" in shown
    answer = desk.ask("check", *files, "--json", code=1).json
    assert answer["errors"] == 2
    assert answer["examples"] == {"train": 48, "dev": 24}
    empty = next(each for each in answer["findings"] if each["check"] == "empty-texts")
    assert empty["places"] == [{"file": "reviews.csv", "line": line, "like": None} for line in (50, 52)]
    assert empty["hint"]


def test_warnings_do_not_stop(desk, files):
    spoil(desk, [("a cafÃ©", "good")])
    answer = desk.ask("check", *files, "--json").json
    assert answer["errors"] == 0
    assert [each["places"][0]["line"] for each in answer["findings"] if each["check"] == "mojibake"] == [50]
    assert answer["labels"]["train"] == {"bad": 24, "good": 25}
    assert "Warning train: what looks like UTF-8 read in another encoding" in desk.ask("check", *files).out


def test_shares_of_several_labels_are_those_of_the_examples(desk):
    rows = [("fine phone", "a|b"), ("fine screen", "a"), ("poor phone", ""), ("poor screen", "b|a")] * 5
    write_rows(desk.folder / "tags.csv", [(f"{text} {n}", label) for n, (text, label) in enumerate(rows)])
    write_rows(desk.folder / "tags-dev.csv", [(f"{text} {n}", label) for n, (text, label) in enumerate(rows, start=30)])
    options = ["check", "--train-file", "tags.csv", "--dev-file", "tags-dev.csv", "--label-separator", "|"]
    assert "train: 20 examples: a 75%, b 50%; 5 have no label\n" in desk.ask(*options).out
    answer = desk.ask(*options, "--json").json
    assert answer["unlabelled"] == {"train": 5, "dev": 5}
    assert answer["labels"]["train"] == {"a": 15, "b": 10}


def test_the_baselines_are_told(desk, files):
    answer = desk.ask("check", *files, "--json").json
    assert answer["metric"] == "accuracy"
    assert answer["baselines"]["majority"]["accuracy"] == 0.5
    assert answer["baselines"]["linear"]["accuracy"] > 0.9
    assert "accuracy: a constant answer 0.5000, TF-IDF and a linear model" in desk.ask("check", *files).out


def test_the_learning_curve_is_told_in_words(desk):
    write_rows(desk.folder / "own.csv", [(f"{text} {n}", label) for n, (text, label) in enumerate(reviews(260))])
    options = ["check", "--train-file", "own.csv", "--dev-file", "dev.csv", "--learning-curve"]
    shown = desk.ask(*options).out
    assert "The last doubling of the labels brought" in shown
    assert "Tuning brings" in shown
    curve = desk.ask(*options, "--json").json["learning_curve"]
    assert [point["size"] for point in curve["points"]] == [65, 130, 260]
    assert curve["doubling"]["low"] <= curve["doubling"]["gain"] <= curve["doubling"]["high"]


def test_a_long_text_is_cut_by_the_tokens_of_the_model(desk, files):
    spoil(desk, [("fine " * 70, "good")])
    found = desk.ask("check", *files, "--model", desk.model, "--max-length", 60, "--json").json["findings"]
    assert [each["places"][0]["line"] for each in found if each["check"] == "truncation"] == [50]
    answer = desk.ask("check", *files, "--model", "bert", "--json").json
    assert "truncation" not in {each["check"] for each in answer["findings"]}
    assert answer["left_out"] == ["truncation: bert is not on this machine with a readable tokenizer.json"]


def test_dev_taken_out_of_train_is_told_by_the_lines_of_its_file(desk):
    rows = [(f"{text} {number}", label) for number, (text, label) in enumerate(reviews(48))]
    write_rows(desk.folder / "own.csv", [*rows, *rows])
    leak = next(
        each
        for each in desk.ask("check", "--train-file", "own.csv", "--json").json["findings"]
        if each["check"] == "leakage"
    )
    for place in leak["places"]:
        file, line = place["like"].rsplit(":", 1)
        assert place["file"] == file == "own.csv"
        assert abs(place["line"] - int(line)) == 48


def test_what_cannot_be_read_or_is_not_named(desk):
    assert "no such file" in desk.ask("check", "--train-file", "none.csv", code=1).err
    assert "no data to learn from" in desk.ask("check", code=2).err
    assert "there is no model" in desk.ask("check", "--train-file", "reviews.csv", "--model", "./none", code=2).err


def test_text_from_the_data_cannot_steer_the_terminal(desk):
    rows = [(f"the phone {number}", "\x1b[31m[red]x" if number % 9 == 0 else "good") for number in range(48)]
    write_rows(desk.folder / "own.csv", rows)
    assert "\x1b" not in desk.ask("check", "--train-file", "own.csv").out


def test_before_a_training_warnings_are_told_with_their_rows_and_recorded(desk, files):
    spoil(desk, [("a cafÃ©", "good")])
    shown = desk.train("--output", "one")
    assert "mojibake in 1 row (reviews.csv line 50)" in shown.err
    assert "ftcli check says what to do" in shown.err
    assert "mojibake" not in shown.out
    answer = desk.train("--output", "two", "--json")
    assert answer.err == ""
    warning = next(each for each in answer.json["data_warnings"] if each["check"] == "mojibake")
    assert warning["places"][0]["line"] == 50
    assert warning["message"] in status_of(desk.folder / answer.json["run"])["data_warnings"]
    silent = desk.train("--output", "three", "--no-check")
    assert "mojibake" not in silent.err
    assert desk.train("--output", "four", "--no-check", "--json").json["data_warnings"] is None


def test_a_study_and_a_campaign_tell_it_once(desk):
    spoil(desk, [("a cafÃ©", "good")])
    many = ["--seeds", 2, "--executor", "eager", "--max-steps", 1]
    assert desk.train(*many).err.count("mojibake") == 1
    assert "mojibake" in {each["check"] for each in desk.train(*many, "--json").json["data_warnings"]}
    answer = desk.train(*many, "--lr", "1e-3,1e-4", "--json").json
    assert "mojibake" in {each["check"] for each in answer["data_warnings"]}


def test_a_run_is_the_same_to_the_byte_with_and_without_checks(desk):
    with_checks, without = (
        desk.train_run("--output", name, "--seed", 3, *more) for name, more in [("a", []), ("b", ["--no-check"])]
    )
    for name in ("metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl", "settings.toml"):
        assert (with_checks / name).read_bytes() == (without / name).read_bytes(), name


def test_copies_in_two_folds_are_found_whichever_is_held_out(desk):
    near = "the delivery of this parcel took eleven days and the box was torn at one corner when it came"
    copies = [(f"{near} {word}", "bad") for word in ("home", "here", "back")]
    write_rows(desk.folder / "own.csv", [*reviews(48), *copies, ("so so", "good"), ("So so", "good")])
    answer = desk.ask("check", "own.csv", "--folds", 3, "--json").json
    found = [each for each in answer["findings"] if each["check"] == "near-leakage"]
    lines = {place["line"] for each in found for place in each["places"]}
    assert lines >= {50, 51, 52}, "each copy is judged once, beside another that was learned from"
    assert any(
        each["message"].startswith("fold 3: dev: ") or each["message"].startswith("fold 2: dev: ") for each in found
    )
