"""Cross-validation with one command: ``ftcli train --folds``."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import tomllib
from functools import partial

import pytest
from terminal import clean_environment, command_line, contents, lines_of, run_process, status_of

pytestmark = pytest.mark.slow


def cut(desk, *options):
    """The desk's training, with parts of the training file as dev sets."""
    arguments = ["train", "--train-file", "reviews.csv", "--model", desk.model, "--batch-size", 8, "--max-steps", 4]
    return [*arguments, "--folds", 3, *options]


def runs_of(answer):
    return [run["run"] for run in answer["runs"]]


@pytest.mark.parametrize("way", ["eager", "processes"])
def test_each_fold_leaves_an_ordinary_run_that_is_judged_on_its_part(desk, way):
    run = desk.ask if way == "eager" else partial(run_process, desk.folder)
    answer = run(*cut(desk, "--executor", way, "--json")).json
    assert (answer["study"], answer["executor"]) == ("runs/reviews/baseline", way)
    assert [run["fold"] for run in answer["runs"]] == [1, 2, 3]
    assert runs_of(answer) == [f"runs/reviews/baseline/fold-{fold}" for fold in (1, 2, 3)]
    held_out = []
    for run in answer["runs"]:
        settings = tomllib.loads((desk.folder / run["run"] / "settings.toml").read_text())
        assert (settings["folds"], settings["fold"], settings["seed"]) == (3, run["fold"], 42)
        again = desk.ask("eval", run["run"], "--json").json
        assert again["metrics"] == pytest.approx(run["metrics"])
        lines = lines_of(desk.folder / run["run"] / "evaluations" / "dev.predictions.jsonl")
        held_out += [int(line["id"]) for line in lines]
        assert {line["label"] for line in lines} == {"good", "bad"}
    assert sorted(held_out) == list(range(48))
    scores = [run["metrics"][answer["metric"]] for run in answer["runs"]]
    assert answer["mean"] == pytest.approx(sum(scores) / 3)
    assert answer["std"] is not None


def test_one_fold_alone_is_the_same_run(desk):
    desk.ask(*cut(desk, "--executor", "eager", "--threads", 1))
    alone = desk.ask(*cut(desk, "--fold", 2, "--threads", 1, "--json")).json["run"]
    assert alone == "runs/reviews/baseline-fold2-seed42"
    for part in ("metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl"):
        member = desk.folder / "runs" / "reviews" / "baseline" / "fold-2" / part
        assert member.read_bytes() == (desk.folder / alone / part).read_bytes(), part


def test_groups_stay_together(desk):
    rows = (desk.folder / "reviews.csv").read_text().splitlines()
    lines = [f"{row},author {number // 4}" for number, row in enumerate(rows[1:])]
    (desk.folder / "reviews.csv").write_text("\n".join([f"{rows[0]},author", *lines]) + "\n")
    answer = desk.ask(*cut(desk, "--group-column", "author", "--executor", "eager", "--json")).json
    for run in runs_of(answer):
        held_out = lines_of(desk.folder / run / "evaluations" / "dev.predictions.jsonl")
        authors = [int(line["id"]) // 4 for line in held_out]
        assert all(authors.count(author) == 4 for author in authors)


def test_a_study_of_folds_says_how_each_went(desk):
    answer = desk.ask(*cut(desk, "--executor", "eager"))
    assert "3 folds one after the other" in answer.err
    assert "fold 2  accuracy" in answer.err
    assert "3 folds, 48 examples held out in all" in answer.out
    assert "over the folds" in answer.out


def test_folds_are_no_seeds_to_a_comparison(desk):
    for options in (["--output", "plain"], ["--output", "reinit", "--reinit"]):
        desk.ask(*cut(desk, "--executor", "eager", *options))
    (table,) = desk.ask("compare", "runs", "--json").json["tables"]
    plain, reinit = table["groups"]
    assert plain["folds"] == reinit["folds"] == [1, 2, 3]
    assert reinit["against"]["verdict"] == "not proven"
    assert "folds share what they learn from" in reinit["against"]["reason"]
    assert any("The runs of baseline; reinit are folds" in note for note in table["notes"])
    assert not any("judged on the same" in note or "counts 3 times" in note for note in table["notes"])
    shown = desk.ask("compare", "runs", "--html", "report.html").out
    assert "standard deviation over the folds" in shown
    page = (desk.folder / "report.html").read_text()
    assert "fold 3: " in page


def test_folds_and_whole_runs_are_not_taken_for_one_recipe(desk):
    desk.ask(*cut(desk, "--executor", "eager"))
    desk.train("--output", "whole")
    (table,) = desk.ask("compare", "runs", "--json").json["tables"]
    assert sorted(group["counts"]["finished"] for group in table["groups"]) == [1, 3]
    assert any("judged on the same dev examples" in note for note in table["notes"])


def test_several_values_are_a_study_of_folds_each(desk):
    options = ["--lr", "1e-4,1e-3", "--executor", "eager", "--no-save-model"]
    plan = desk.ask(*cut(desk, *options, "--dry-run", "--json")).json
    assert plan["runs"] == 6
    assert plan["studies"][0]["folds"] == [1, 2, 3]
    answer = desk.ask(*cut(desk, *options, "--json")).json
    assert [len(study["runs"]) for study in answer["studies"]] == [3, 3]
    before = contents(desk.folder / "runs")
    desk.ask(*cut(desk, *options))
    assert contents(desk.folder / "runs") == before


def test_the_same_command_again_trains_no_fold_anew(desk):
    command = cut(desk, "--executor", "eager", "--no-save-model", "--output", "again")
    desk.ask(*command)
    before = contents(desk.folder / "runs")
    assert "nothing is trained" in desk.ask(*command).err
    assert contents(desk.folder / "runs") == before
    with (desk.folder / "reviews.csv").open("a", encoding="utf-8") as file:
        file.write("a new and lovely film,good\n")
    assert "its data has changed" in desk.ask(*command, code=1).message


def test_the_plan_is_that_of_the_first_fold(desk):
    assert desk.ask(*cut(desk, "--dry-run", "--json")).json["examples"] == {"train": 32, "dev": 16}


def test_an_interrupted_study_of_folds_goes_on(desk):
    options = ["--executor", "eager", "--max-steps", 40, "--checkpoint-every", 2, "--output", "stopped"]
    process = subprocess.Popen(
        command_line(cut(desk, *options)),
        cwd=desk.folder,
        env=clean_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    study = desk.folder / "runs" / "reviews" / "stopped"
    deadline = time.monotonic() + 120
    while not list(study.glob("fold-2/checkpoints/*")):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert status_of(study / "fold-2")["state"] == "interrupted"
    answer = desk.ask("train", "--resume", "stopped", "--json").json
    assert [run["fold"] for run in answer["runs"]] == [1, 2, 3]
    parts = [lines_of(study / f"fold-{fold}" / "evaluations" / "dev.predictions.jsonl") for fold in (1, 2, 3)]
    assert sorted(int(line["id"]) for part in parts for line in part) == list(range(48))
    assert {run["steps"] for run in answer["runs"]} == {40}


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--seeds", 3], 2, "--folds and --seeds exclude each other"),
        (["--soup", "uniform"], 2, "--folds and --soup exclude each other"),
        (["--vary", "init"], 2, "--folds and --vary exclude each other"),
        (["--executor", "vmap"], 2, "folds learn from different examples"),
        (["--dev-file", "dev.csv"], 2, "--dev-file does nothing"),
        (["--folds", 30], 2, "--folds 30: there are only 24 examples of any label"),
        (["--folds", 1], 2, "--folds"),
        (["--group-column", "who"], 1, "no column 'who'"),
        (["--fold", 9], 2, "--fold 9 is more than the 3"),
    ],
)
def test_what_does_not_go_with_folds(desk, options, code, words):
    assert words in desk.ask(*cut(desk, *options), code=code).message
    assert desk.files == set()


def test_one_fold_may_have_several_seeds(desk):
    answer = desk.ask(*cut(desk, "--fold", 2, "--seeds", 2, "--executor", "eager", "--json")).json
    assert [run["seed"] for run in answer["runs"]] == [42, 43]
    predictions = [desk.folder / run / "evaluations" / "dev.predictions.jsonl" for run in runs_of(answer)]
    assert len({tuple(line["id"] for line in lines_of(path)) for path in predictions}) == 1


def test_the_models_of_all_folds_answer_together_and_their_card_says_what_they_are(desk):
    run = runs_of(desk.ask(*cut(desk, "--executor", "eager", "--json")).json)[1]
    (desk.folder / "new.csv").write_text("text\nfine phone\n")
    answers = [desk.ask("predict", which, "new.csv").out for which in ("reviews/baseline", run)]
    together, alone = (json.loads(answer)["probabilities"]["good"] for answer in answers)
    assert together != alone
    assert "fold 2 of 3 held out" in (desk.folder / run / "model" / "README.md").read_text()
