"""``ftcli eval`` where it could do harm, or say what is not so."""

from __future__ import annotations

import pytest
from terminal import contents, reviews, write_rows
from terminal import run as run_command


@pytest.fixture
def run(desk_with_run):
    return desk_with_run.folder / "runs" / "reviews" / "baseline-seed2"


@pytest.mark.parametrize("name", ["dev.csv", "dev.last.csv"])
def test_another_file_never_passes_for_the_dev_set(desk_with_run, run, name):
    write_rows(desk_with_run.folder / "dev.csv", reviews(24, seed=1))
    (desk_with_run.folder / "other").mkdir()
    write_rows(desk_with_run.folder / "other" / name, reviews(10, seed=9))
    before = (run / "evaluations" / "dev.json").read_bytes()
    answer = desk_with_run.ask("eval", "--file", f"other/{name}", "--json").json
    assert answer["examples"] == 10
    assert answer["split"] not in ("dev", "dev.last")
    assert (run / "evaluations" / "dev.json").read_bytes() == before


def test_file_and_split_exclude_each_other(desk_with_run):
    write_rows(desk_with_run.folder / "more.csv", reviews(10, seed=9))
    assert "--split" in desk_with_run.ask("eval", "--file", "more.csv", "--split", "train", code=2).err


def test_model_without_a_head_is_not_judged_by_a_random_one(desk):
    desk.ask("download", "demo", "--train-rows", 20, "--dev-rows", 12, "--test-rows", 2)
    desk.ask("eval", "--model", desk.model, "--task", "demo", code=1)


def test_labels_of_a_file_are_optional(desk_with_run):
    write_rows(desk_with_run.folder / "new.csv", [(text,) for text, _ in reviews(5, seed=3)], header=("text",))
    answer = desk_with_run.ask("eval", "--file", "new.csv", "--json").json
    assert (answer["metrics"], answer["split"]) == ({}, "file-new")
    assert "no labels: there is nothing to score" in desk_with_run.ask("eval", "--file", "new.csv").out
    assert not (desk_with_run.folder / "runs/reviews/baseline-seed2/evaluations/file-new.json").exists()


def test_train_set_may_be_judged_too(desk_with_run, run):
    answer = desk_with_run.ask("eval", "--split", "train", "--json").json
    assert (answer["split"], answer["examples"]) == ("train", 48)
    assert (run / "evaluations" / "train.json").is_file()


def test_damaged_file_is_told_with_its_line(desk_with_run):
    (desk_with_run.folder / "more.csv").write_text("text,label\na,good\nb\n")
    assert "more.csv:3: malformed row" in desk_with_run.ask("eval", "--file", "more.csv", code=1).err
    assert "nix.csv: no such file" in desk_with_run.ask("eval", "--file", "nix.csv", code=1).err


def test_without_any_run(desk):
    answer = desk.ask("eval", code=1)
    assert answer.message == "Error: no finished run in runs Run: ftcli train"


def test_unknown_run_tells_which_there_are(desk_with_run):
    answer = desk_with_run.ask("eval", "baseline-seed3", code=1)
    assert "no run 'baseline-seed3' in runs" in answer.err
    assert "reviews/baseline-seed2" in answer.err


def test_run_without_model(desk_with_run, run):
    (run / "model").rename(run / "away")
    assert "holds no model" in desk_with_run.ask("eval", code=1).err


def test_damaged_settings_are_named(desk_with_run, run):
    (run / "settings.toml").write_text("lr = \n")
    assert "settings.toml: not valid TOML" in desk_with_run.ask("eval", code=1).message
    (run / "settings.toml").write_text("unheard = 1\n")
    assert "settings.toml: these are no settings of this version" in desk_with_run.ask("eval", code=1).message


def test_data_is_looked_for_in_the_current_folder(desk_with_run, run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    answer = run_command(tmp_path / "elsewhere", "eval", run, code=1)
    assert "reviews.csv: no such file Check the path and the current folder." in answer.message


def test_refused_evaluation_changes_nothing(desk_with_run):
    before = contents(desk_with_run.folder)
    desk_with_run.ask("eval", "--split", "test", code=2)
    desk_with_run.ask("eval", "--file", "nix.csv", code=1)
    desk_with_run.ask("eval", "--device", "tpu", code=2)
    assert contents(desk_with_run.folder) == before
