from __future__ import annotations

import json

import pytest
from terminal import contents, lines_of, reviews, write_rows


@pytest.mark.parametrize(
    "reference", [[], ["latest"], ["baseline-seed2"], ["reviews/baseline-seed2"], ["./runs/reviews/baseline-seed2"]]
)
def test_it_gives_what_training_reported(desk_with_run, trained, reference):
    found = desk_with_run.ask("eval", *reference, "--json").json
    for key in ("metrics", "majority", "confusion", "interval", "examples", "metric"):
        assert found[key] == trained.answer.json[key], key
    assert found["loss"] == pytest.approx(trained.answer.json["loss"], rel=1e-5)


def test_it_writes_into_the_run_folder(desk_with_run):
    run = desk_with_run.folder / "runs" / "reviews" / "baseline-seed2"
    for path in (run / "evaluations").iterdir():
        path.unlink()
    desk_with_run.ask("eval")
    assert json.loads((run / "evaluations" / "dev.json").read_text())["split"] == "dev"
    assert len(lines_of(run / "evaluations" / "dev.predictions.jsonl")) == 24


def test_the_table_shows_interval_and_baseline(desk_with_run):
    shown = desk_with_run.ask("eval").out
    assert "majority baseline" in shown
    assert "95% interval over the examples" in shown


def test_a_test_file_without_labels_gives_predictions_in_the_order_of_the_file(desk):
    texts = [text for text, _ in reviews(20, seed=7)]
    write_rows(desk.folder / "test.csv", [(text,) for text in texts], header=("text",))
    desk.train("--test-file", "test.csv")
    answer = desk.ask("eval", "--split", "test", "--json").json
    assert answer["metrics"] == {}
    lines = lines_of(desk.folder / answer["predictions"])
    assert [line["id"] for line in lines] == [str(row) for row in range(20)]
    assert all(set(line) == {"id", "prediction", "probabilities"} for line in lines)


def test_of_an_average_what_is_saved_is_what_was_judged(desk):
    run = desk.train_run("--swa", "--swa-every", 1, "--lr", "5e-2", "--max-steps", 12)
    average, last = (json.loads((run / "evaluations" / f"{name}.json").read_text()) for name in ("dev", "dev.last"))
    assert average["loss"] != pytest.approx(last["loss"], rel=1e-4)
    assert desk.ask("eval", "--json").json["loss"] == pytest.approx(average["loss"], rel=1e-5)
    (run / "model").rename(run / "model-average")
    (run / "model-last").rename(run / "model")
    assert desk.ask("eval", "--json").json["loss"] == pytest.approx(last["loss"], rel=1e-5)


def test_without_labels_and_without_a_place_there_is_nothing_to_do(desk):
    desk.ask("download", "demo", "--train-rows", 20, "--dev-rows", 12, "--test-rows", 2)
    run = desk.folder / "x"
    desk.ask("train", "demo", "--model", desk.model, "--max-steps", 2, "--output", "./x")
    write_rows(desk.folder / "new.csv", [(text,) for text, _ in reviews(3)], header=("sentence",))
    message = desk.ask("eval", "--model", run / "model", "--task", "demo", "--file", "new.csv", code=2).message
    assert "have no labels" in message
    assert "--output FOLDER" in message


def test_another_file(desk_with_run):
    write_rows(desk_with_run.folder / "more.csv", reviews(10, seed=9))
    answer = desk_with_run.ask("eval", "--file", "more.csv", "--json").json
    assert (answer["split"], answer["examples"]) == ("file-more", 10)


def test_texts_that_the_run_was_trained_on_are_told(desk_with_run):
    known, new = reviews(48), reviews(24, seed=1)
    rows = [(f" {text.upper()}", label) for text, label in known[:30]] + new
    write_rows(desk_with_run.folder / "more.csv", rows)
    seen = sum(text in dict(known) for text, _ in known[:30] + new)
    told = f"{seen} of 54 texts are among those that the run was trained on"
    assert told in desk_with_run.ask("eval", "--file", "more.csv").out
    assert desk_with_run.ask("eval", "--file", "more.csv", "--json").json["seen"] == seen
    write_rows(desk_with_run.folder / "new.csv", [("nothing of it", "good"), ("is known", "bad")])
    assert "among those" not in desk_with_run.ask("eval", "--file", "new.csv").out
    assert desk_with_run.ask("eval", "--json").json["seen"] is None
    change_a_label(desk_with_run, "reviews.csv", known)
    assert desk_with_run.ask("eval", "--file", "more.csv", "--json").json["seen"] is None


def test_how_another_file_was_read_is_told_and_may_be_said(desk_with_run):
    rows = [f"{text};{label};déjà vu" for text, label in reviews(24, seed=1)]
    (desk_with_run.folder / "new.csv").write_bytes("\n".join(["text;label;more", *rows]).encode("cp1252"))
    expected = desk_with_run.ask("eval", "--json").json["metrics"]
    assert "Read new.csv as csv, semicolon, Windows-1252" in desk_with_run.ask("eval", "--file", "new.csv").out
    form = ["--delimiter", ";", "--encoding", "cp1252", "--quoting", "none"]
    said = desk_with_run.ask("eval", "--file", "new.csv", *form)
    assert "Read new.csv as csv, semicolon, Windows-1252, no quotes" in said.out
    (desk_with_run.folder / "new.csv").rename(desk_with_run.folder / "new.data")
    told = desk_with_run.ask("eval", "--file", "new.data", "--format", "csv", *form, "--json").json
    assert told["metrics"] == expected
    form = {"format": "csv", "delimiter": ";", "quoting": "none", "encoding": "cp1252", "header": True}
    assert told["form"] == form
    message = desk_with_run.ask("eval", "--file", "new.data", "--encoding", "utf-8", "--format", "csv", code=1).message
    assert "new.data:2: byte 0xe9 is not UTF-8" in message


def test_another_file_may_have_other_columns(desk_with_run):
    expected = desk_with_run.ask("eval", "--json").json["metrics"]
    write_rows(desk_with_run.folder / "new.csv", reviews(24, seed=1), header=("Satz", "Note"))
    message = desk_with_run.ask("eval", "--file", "new.csv", code=1).message
    assert "new.csv:1: no column 'text' Columns there are: 'Satz', 'Note'. Choose with --text-column" in message
    told = ["eval", "--file", "new.csv", "--text-column", "satz"]
    shown = desk_with_run.ask(*told).out
    assert "there is nothing to score. --label-column names the column with the labels" in shown
    assert desk_with_run.ask(*told, "--label-column", "Note", "--json").json["metrics"] == expected
    assert "no column 'Nota'" in desk_with_run.ask(*told, "--label-column", "Nota", code=1).message
    assert "--pair-column: the model was trained on single texts" in (
        desk_with_run.ask(*told, "--pair-column", "Note", code=2).message
    )


def test_a_model_trained_elsewhere(desk_with_run):
    desk_with_run.ask("download", "demo", "--train-rows", 20, "--dev-rows", 12, "--test-rows", 2)
    desk_with_run.ask("train", "demo", "--model", desk_with_run.model, "--max-steps", 2, "--output", "./elsewhere")
    before = contents(desk_with_run.folder)
    answer = desk_with_run.ask("eval", "--model", "elsewhere/model", "--task", "demo", "--json").json
    reported = json.loads((desk_with_run.folder / "elsewhere" / "evaluations" / "dev.json").read_text())
    assert answer["metrics"] == reported["metrics"]
    assert contents(desk_with_run.folder) == before
    desk_with_run.ask("eval", "--model", "elsewhere/model", "--task", "demo", "--output", "judged")
    assert (desk_with_run.folder / "judged" / "evaluations" / "dev.json").is_file()


def test_a_model_of_other_labels_is_refused(desk_with_run):
    desk_with_run.ask("download", "demo", "--train-rows", 20, "--dev-rows", 12, "--test-rows", 2)
    model = "runs/reviews/baseline-seed2/model"
    message = desk_with_run.ask("eval", "--model", model, "--task", "demo", code=1).message
    assert "its outputs are bad, good, the data's labels unacceptable, acceptable" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "x"], "--model and --task go together"),
        (["baseline-seed2", "--model", "x", "--task", "cola"], "RUN and --model exclude each other"),
        (["--label-column", "x"], "--label-column says how --file is read, and there is none"),
        (["--encoding", "cp1252"], "--encoding says how --file is read, and there is none"),
        (["--split", "nonsense"], "the data has no split 'nonsense' There are: train, dev"),
    ],
)
def test_wrong_usage(desk_with_run, arguments, message):
    assert message in desk_with_run.ask("eval", *arguments, code=2).message


def test_settings_from_a_file(desk_with_run):
    (desk_with_run.folder / "eval.toml").write_text('split = "train"\n')
    assert desk_with_run.ask("eval", "--config", "eval.toml", "--json").json["examples"] == 48
    assert desk_with_run.ask("eval", "--config", "eval.toml", "--split", "dev", "--json").json["examples"] == 24


def test_what_is_set_for_training_does_not_matter(desk_with_run):
    desk_with_run.ask("eval", FTCLI_MODEL="bert", FTCLI_TASK="cola", FTCLI_OUTPUT="x")


def change_a_label(desk, name, rows):
    """Exchange the labels of the first row and of the first that has another."""
    other = next(number for number, (_, label) in enumerate(rows) if label != rows[0][1])
    (first, one), (second, two) = rows[0], rows[other]
    rows[0], rows[other] = (first, two), (second, one)
    write_rows(desk.folder / name, rows)


def test_of_data_that_has_changed_no_examples_are_drawn_anew(desk):
    options = ["--model", desk.model, "--batch-size", 8, "--max-steps", 2, "--output", "./x"]
    desk.ask("train", "--train-file", "reviews.csv", *options)
    assert "changed" not in desk.ask("eval", "./x").out
    before = contents(desk.folder / "x")
    change_a_label(desk, "reviews.csv", reviews(48))
    for more in ([], ["--split", "dev"], ["--calibrate"]):
        message = desk.ask("eval", "./x", *more, code=1).message
        assert "its dev examples would be drawn from train anew: the model has learned from some of them" in message
    assert contents(desk.folder / "x") == before
    desk.ask("eval", "./x", "--file", "dev.csv")


def test_that_data_has_changed_is_told_where_the_examples_are_in_a_file_of_their_own(desk_with_run):
    change_a_label(desk_with_run, "dev.csv", reviews(24, seed=1))
    assert "Note: the data has changed since the run was trained" in desk_with_run.ask("eval").out
    assert desk_with_run.ask("eval", "--json").json["data_changed"] is True
