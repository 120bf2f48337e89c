"""``ftcli runs``: list, show, verify, rm and prune."""

from __future__ import annotations

import json
import os
import re

import pytest
from helpers import make_run
from terminal import contents, run

from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import lock
from ftcli.runs.status import State
from ftcli.runs.study import write_study
from ftcli.settings.train import train_settings


def test_all_runs_are_listed_with_states_scores_and_sizes(desk):
    make_run(desk.folder / "runs/cola/a", score=0.25)
    make_run(desk.folder / "runs/cola/b", score=None, state=State.INTERRUPTED)
    damaged = make_run(desk.folder / "runs/cola/c")
    damaged.status.write_text("{")
    listed = desk.ask("runs", "list", "--json").json["runs"]
    assert [(run["run"], run["state"], run["score"]) for run in listed] == [
        ("runs/cola/a", "finished", 0.25),
        ("runs/cola/b", "interrupted", None),
        ("runs/cola/c", "damaged", None),
    ]
    size = sum(file.stat().st_size for file in (desk.folder / "runs/cola/a").rglob("*") if file.is_file())
    assert listed[0]["bytes"] == size
    shown = desk.ask("runs", "list").out
    assert "0.2500" in shown
    assert "3 runs" in shown


def test_one_run_is_shown(desk):
    make_run(desk.folder / "runs/cola/a", lr=0.123)
    answer = desk.ask("runs", "show", "a", "--json").json
    assert answer["settings"]["lr"] == 0.123
    assert answer["status"]["state"] == "finished"
    assert answer["parts"]["settings.toml"] > 0
    assert "0.123" in desk.ask("runs", "show", "a").out


def test_a_trained_run_is_shown_in_words(desk_with_run):
    shown = desk_with_run.ask("runs", "show", "latest").out
    assert re.search(r"speed\.examples_per_second +│ +[\d.]{1,7} ", shown)
    assert re.search(r"reason +│ - ", shown)
    assert "{" not in shown


def test_a_whole_run_is_verified(desk_with_run):
    answer = desk_with_run.ask("runs", "verify", "--json").json["runs"]
    assert answer == [{"run": "runs/reviews/baseline-seed2", "whole": True, "model": True, "problems": []}]
    assert desk_with_run.ask("runs", "verify", "latest").out.endswith(": whole\n")


@pytest.mark.parametrize("harm", ["flipped", "truncated", "missing", "manifest", "empty manifest"])
def test_damage_to_a_model_is_named(desk_with_run, harm):
    run = desk_with_run.folder / "runs/reviews/baseline-seed2"
    file = run / "model/model.safetensors"
    content = bytearray(file.read_bytes())
    content[1000] ^= 4
    if harm == "flipped":
        file.write_bytes(content)
    elif harm == "truncated":
        file.write_bytes(content[:-1])
    elif harm == "missing":
        file.unlink()
    else:
        (run / "manifest.json").write_text("[" if harm == "manifest" else "{}")
    answer = desk_with_run.ask("runs", "verify", "--json", code=1).json["runs"]
    assert not answer[0]["whole"]
    assert ("manifest.json" if "manifest" in harm else "model/model.safetensors") in answer[0]["problems"][0]


def test_a_manifest_that_points_elsewhere_is_not_followed(desk_with_run):
    run = desk_with_run.folder / "runs/reviews/baseline-seed2"
    (run / "manifest.json").write_text(json.dumps({"../../../reviews.csv": {}}))
    problem, *_ = desk_with_run.ask("runs", "verify", "--json", code=1).json["runs"][0]["problems"]
    assert "outside of the folder" in problem


def test_an_unfinished_run_is_not_whole(desk):
    make_run(desk.folder / "runs/cola/a", state=State.INTERRUPTED)
    assert "not finished" in desk.ask("runs", "verify", "a", code=1).out


def test_a_run_is_removed_once_that_is_agreed(desk):
    for name in ("a", "b"):
        make_run(desk.folder / "runs/cola" / name)
    before = contents(desk.folder / "runs")
    assert "Remove?" in desk.ask("runs", "rm", "a", code=1).out
    assert "can't ask" in desk.ask("runs", "rm", "a", "--json", code=2).message
    assert contents(desk.folder / "runs") == before
    desk.ask("runs", "rm", "a", "--yes")
    assert [path.name for path in (desk.folder / "runs/cola").iterdir()] == ["b"]


def test_a_run_in_use_is_not_removed(desk):
    run = make_run(desk.folder / "runs/cola/a")
    with lock(run.path):
        answer = desk.ask("runs", "rm", "a", "--yes", code=1)
    assert f"another process (pid {os.getpid()}" in answer.message
    assert run.settings.exists()


@pytest.fixture
def study(desk):
    """Two finished runs of a study, and a run beside it."""
    path = desk.folder / "runs/cola/study"
    for seed in (1, 2):
        make_run(path / f"seed-{seed}", seed=seed)
    make_run(desk.folder / "runs/cola/a")
    write_study(path, train_settings()(seeds="1,2"), "cola")
    return path


def test_a_study_is_removed_with_all_its_runs(desk, study):
    answer = desk.ask("runs", "rm", "study", str(study / "seed-1"), "--yes", "--json").json
    assert [each["path"] for each in answer["removed"]] == ["runs/cola/study"]
    assert [path.name for path in (desk.folder / "runs/cola").iterdir()] == ["a"]


def test_what_else_lies_in_the_folder_of_a_study_is_left(desk, study):
    (study / "thesis.tex").write_text("years of work")
    make_run(study / "other/seed-1")
    write_study(study / "other", train_settings()(seeds="1,2"), "cola")
    assert "runs/cola/study (" in (answer := desk.ask("runs", "rm", "study", code=1).out)
    assert ", a study of 2 runs)" in answer
    desk.ask("runs", "rm", "study", "--yes")
    assert sorted(path.name for path in study.iterdir()) == ["other", "thesis.tex"]
    assert [run["run"] for run in desk.ask("runs", "list", "--json").json["runs"]] == [
        "runs/cola/a",
        "runs/cola/study/other/seed-1",
    ]


def test_the_current_folder_is_not_removed(desk, study):
    moved = desk.folder / "here"
    study.rename(moved)
    for place in (".", moved):
        answer = run(moved, "runs", "rm", place, "--yes", code=1)
        assert "is the current folder or above it" in answer.message
    assert (moved / "seed-1/settings.toml").is_file()


def test_a_study_one_of_whose_runs_is_in_use_is_left_as_it_is(desk, study):
    before = contents(study)
    with lock(study / "seed-2"):
        assert "another process" in desk.ask("runs", "rm", "study", "--yes", code=1).message
    assert contents(study).items() >= before.items()


def test_all_runs_of_a_study_are_verified(desk, study):
    run = RunFolder(study / "seed-2")
    run.write_status(run.read_status().ending(State.INTERRUPTED))
    answer = desk.ask("runs", "verify", "study", "--json", code=1).json
    assert [each["run"] for each in answer["runs"]] == ["runs/cola/study/seed-1", "runs/cola/study/seed-2"]
    assert "not finished" in answer["runs"][1]["problems"][0]


def test_a_study_without_a_run_is_listed_too(desk, study):
    write_study(desk.folder / "runs/cola/begun", train_settings()(seeds="1,2"), "cola")
    assert "runs/cola/begun is a study without a run yet" in desk.ask("runs", "list").out
    assert desk.ask("runs", "list", "--json").json["studies_without_run"] == ["runs/cola/begun"]
    assert "has no run yet" in desk.ask("runs", "verify", "begun", code=1).message
    desk.ask("runs", "rm", "begun", "--yes")
    assert desk.ask("runs", "list", "--json").json["studies_without_run"] == []


def test_no_run_is_named(desk):
    assert "no run is named" in desk.ask("runs", "rm", code=2).message


def test_what_nobody_needs_is_pruned(desk):
    runs = desk.folder / "runs/cola"
    finished = make_run(runs / "a")
    (finished.checkpoints / "step-00000003").mkdir(parents=True)
    (finished.checkpoints / "step-00000003/state.json").write_text("{}")
    going = make_run(runs / "b", state=State.INTERRUPTED)
    going.checkpoints.mkdir()
    make_run(runs / "c", state=State.DIVERGED)
    (runs / ".a.old-0123abcd").mkdir()
    (runs / "b/.partial-0123456789abcdef").write_text("half")
    (runs / ".mine").write_text("not ours")
    removed = desk.ask("runs", "prune", "--yes", "--json").json["removed"]
    assert sorted(each["path"] for each in removed) == [
        "runs/cola/.a.old-0123abcd",
        "runs/cola/a/checkpoints",
        "runs/cola/b/.partial-0123456789abcdef",
    ]
    assert sorted(path.name for path in runs.iterdir()) == [".mine", "a", "b", "c"]
    assert going.checkpoints.is_dir()
    desk.ask("runs", "prune", "--failed", "--yes")
    assert sorted(path.name for path in runs.iterdir()) == [".mine", "a", "b"]
    assert "nothing to remove" in desk.ask("runs", "prune").out


def test_what_a_process_is_writing_is_not_pruned(desk):
    run = make_run(desk.folder / "runs/cola/a", state=State.RUNNING)
    (run.path / ".partial-0123456789abcdef").write_text("half")
    with lock(run.path):
        assert "nothing to remove" in desk.ask("runs", "prune").out


def test_a_run_whose_process_has_died_is_told_from_one_that_goes_on(desk):
    run = make_run(desk.folder / "runs/cola/a", state=State.RUNNING)
    with lock(run.path):
        assert desk.ask("runs", "list", "--json").json["runs"][0]["state"] == "running"
    assert desk.ask("runs", "list", "--json").json["runs"][0]["state"] == "killed"
    assert "1 process died at work: ftcli train --resume RUN goes on." in desk.ask("runs", "list").out


@pytest.mark.parametrize("command", [["rm", "a"], ["prune", "--failed"]], ids=" ".join)
def test_nothing_goes_without_a_yes(desk, command):
    run = make_run(desk.folder / "runs/cola/a", state=State.DIVERGED)
    asked = desk.ask("runs", *command, stdin="n\n", code=1).out
    assert "runs/cola/a (" in asked
    assert run.path.is_dir()
    desk.ask("runs", *command, stdin="y\n")
    assert not run.path.exists()


def test_a_run_without_its_model(desk):
    answer = desk.train("--no-save-model", "--output", "run", "--json").json
    run = desk.folder / "runs/reviews/run"
    assert answer["model"] is None
    assert not (run / "model").exists()
    assert (run / "evaluations/dev.predictions.jsonl").exists()
    assert "holds no model" in desk.ask("eval", "run", code=1).message
    desk.ask("runs", "verify", "run")
    assert "--soup needs the models" in desk.train("--seeds", 2, "--soup", "greedy", "--no-save-model", code=2).message


def test_disk_use_is_bounded_while_running(desk, monkeypatch):
    from ftcli.engine.eager import EagerExecutor

    inner, most = EagerExecutor.step, []
    checkpoints = desk.folder / "runs/reviews/run/checkpoints"

    def step(self, batch):
        most.append(len(list(checkpoints.iterdir())) if checkpoints.is_dir() else 0)
        return inner(self, batch)

    monkeypatch.setattr(EagerExecutor, "step", step)
    desk.train("--output", "run", "--max-steps", 12, "--checkpoint-every", 1)
    assert max(most) == 2
    assert not checkpoints.exists()


def test_a_run_whose_model_was_not_saved_is_said_to_have_none(desk):
    shown = desk.train("--no-save-model", "--max-steps", 1).out
    assert "Trained 1 step in" in shown
    assert "whole, without a model, which was not saved" in desk.ask("runs", "verify").out
    (run,) = desk.ask("runs", "verify", "--json").json["runs"]
    assert (run["whole"], run["model"]) == (True, False)
    assert "\n1 run, " in desk.ask("runs", "list").out


def test_a_damaged_model_of_a_run_is_named_by_all_who_load_it(desk_with_run):
    weights = desk_with_run.folder / "runs" / "reviews" / "baseline-seed2" / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    for asked in (["eval"], ["predict", "latest", "dev.csv"]):
        message = desk_with_run.ask(*asked, code=1).message
        assert "Error: runs/reviews/baseline-seed2/model can't be loaded: " in message
        assert "See what of the run is damaged: ftcli runs verify runs/reviews/baseline-seed2" in message
