"""Several seeds with one command: ``ftcli train --seeds``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest
from terminal import clean_environment, command_line, contents, lines_of, run_process, status_of

import ftcli.trainings.study
from ftcli.cli.study_report import StudyProgress

WAYS = ["processes", "vmap", "eager"]
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:There is a performance drop")]


def study(desk, *options, code=0):
    """Run the desk's training as a study, in a process of its own."""
    return run_process(desk.folder, *desk.training, "--output", "study", *options, code=code)


@pytest.mark.parametrize("way", WAYS)
def test_each_seed_leaves_an_ordinary_run(desk, way):
    answer = study(desk, "--seeds", 2, "--seed", 5, "--executor", way, "--swa", "--json").json
    assert answer["study"] == "runs/reviews/study"
    assert answer["executor"] == way
    assert [run["seed"] for run in answer["runs"]] == [5, 6]
    scores = []
    for seed in (5, 6):
        run = f"runs/reviews/study/seed-{seed}"
        assert status_of(desk.folder / run)["state"] == "finished"
        assert f"seed = {seed}\n" in (desk.folder / run / "settings.toml").read_text()
        again = desk.ask("eval", run, "--json").json
        assert again["metrics"] == pytest.approx(answer["runs"][seed - 5]["metrics"])
        scores.append(again["metrics"][answer["metric"]])
    assert answer["mean"] == pytest.approx(sum(scores) / 2)
    groups = desk.ask("compare", "runs", "--json").json["tables"][0]["groups"]
    assert [group["counts"]["finished"] for group in groups] == [2]


@pytest.mark.parametrize("way", ["processes", "eager"])
def test_a_seed_of_a_study_is_the_same_to_the_byte_as_that_seed_alone(desk, way):
    study(desk, "--seeds", "7,3", "--executor", way, "--threads", 1, "--rdrop")
    alone = desk.train_run("--output", "alone", "--seed", 3, "--threads", 1, "--rdrop")
    member = alone.with_name("study") / "seed-3"
    for part in ("metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl"):
        assert (member / part).read_bytes() == (alone / part).read_bytes(), part


def test_a_study_of_one_seed_is_told_as_one(desk):
    answer = desk.train("--seeds", "1,")
    assert "with no technique, 1 seed\n" in answer.err
    assert "s in all.\n" in answer.out


def test_a_study_is_named_by_its_recipe(desk):
    answer = desk.train("--seeds", "1,", "--executor", "eager", "--reinit", "--json").json
    assert answer["runs"][0]["run"] == "runs/reviews/reinit/seed-1"
    assert answer["std"] is None


def test_a_study_says_how_each_seed_went(desk):
    answer = desk.train("--seeds", 2, "--executor", "eager", "--seed", 8)
    assert "2 seeds one after the other" in answer.err
    assert "seed 8" in answer.err
    assert "standard deviation" in answer.out


@pytest.mark.parametrize("way", WAYS)
def test_seeds_that_diverge_are_told_one_by_one(desk, way):
    answer = study(desk, "--seeds", 2, "--lr", "1e30", "--warmup", 0, "--executor", way, "--json", code=1).json
    assert answer["mean"] is None
    assert all("diverged" in run["error"] for run in answer["runs"])
    states = [status_of(desk.folder / run["run"])["state"] for run in answer["runs"]]
    assert states == ["diverged", "diverged"]


def test_an_occupied_folder_is_refused_before_anything_is_trained(desk):
    desk.train("--output", "study", "--seeds", "2,", "--executor", "eager")
    before = contents(desk.folder / "runs")
    for options, apart in ((["--rdrop"], "rdrop, strategy"), (["--lr", "1e-3"], "lr"), (["--vary", "init"], "vary")):
        answer = desk.train("--output", "study", "--seeds", "1,2", "--executor", "eager", *options, code=1)
        assert f"study already holds a study with other settings: {apart}" in answer.message
    assert contents(desk.folder / "runs") == before
    desk.train("--output", "study", "--seeds", "1,2", "--executor", "eager", "--overwrite", "--lr", "1e-3")


EAGER = ["--output", "study", "--executor", "eager", "--threads", 1]


def test_more_seeds_join_the_study_and_those_that_are_there_stay(desk):
    study = desk.folder / "runs/reviews/study"
    desk.train(*EAGER, "--seeds", 2, "--seed", 3)
    before = contents(study / "seed-4")
    answer = desk.train("--output", "study", "--threads", 1, "--seeds", "4,9", "--json").json
    assert [run["seed"] for run in answer["runs"]] == [3, 4, 9]
    assert answer["executor"] == "eager"
    after = contents(study / "seed-4")
    assert "with 3 seeds" in after["model/README.md"].decode(), "the card tells what all of them scored"
    for told in ("model/README.md", "manifest.json"):
        del before[told], after[told]
    assert after == before
    again = desk.train(*EAGER, "--seeds", 2, "--seed", 3)
    assert "nothing is trained" in again.err
    assert [run["seed"] for run in desk.ask("train", "--resume", "study", "--json").json["runs"]] == [3, 4, 9]
    alone = desk.train_run("--seed", 9, "--threads", 1)
    assert (study / "seed-9/metrics.jsonl").read_bytes() == (alone / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize("wrong", [{"shares": None}, {"padding_efficiency": "none"}, {"more": 1}, {}])
def test_a_run_whose_record_of_speed_is_damaged_is_named(desk, wrong):
    desk.train("--seeds", 2, "--output", "study")
    path = desk.folder / "runs/reviews/study/seed-43/status.json"
    status = json.loads(path.read_text())
    path.write_text(json.dumps(status | {"speed": status["speed"] | wrong if wrong else None}))
    answer = desk.ask("train", "--resume", "runs/reviews/study", code=1)
    assert "runs/reviews/study/seed-43: what the run scored is not whole" in answer.err
    assert "Traceback" not in answer.err


def test_a_soup_is_made_of_a_study_that_is_there(desk):
    desk.train(*EAGER, "--seeds", 2)
    assert desk.train(*EAGER, "--seeds", 2, "--soup", "uniform", "--json").json["soup"]["seeds"] == [42, 43]


def test_a_study_on_data_that_has_changed_gets_no_further_seeds(desk):
    desk.train(*EAGER, "--seeds", 1)
    file = desk.folder / "reviews.csv"
    file.write_text(file.read_text() + "one more,good\n")
    assert "its data has changed" in desk.train(*EAGER, "--seeds", 2, code=1).message


def test_a_run_of_another_study_is_in_the_way_of_a_new_seed(desk):
    desk.train(*EAGER, "--seeds", "5,6", "--lr", "1e-3")
    desk.train(*EAGER, "--seeds", "5,", "--overwrite")
    assert "study/seed-6 already holds a run" in desk.train(*EAGER, "--seeds", "5,6", code=1).message


def test_a_race_is_run_with_the_seeds_it_started_with(desk):
    race = [*EAGER, "--race", "--max-steps", 12]
    desk.train(*race, "--seeds", 2)
    assert "other settings: seeds" in desk.train(*race, "--seeds", 3, code=1).message


@pytest.mark.parametrize("seeds", ["0", "-1", "x", "1,x", "1,1", "", "99999999", "1,9223372036854775808", "1.5"])
def test_wrong_seeds(desk, seeds):
    assert "--seeds" in desk.train(f"--seeds={seeds}", code=2).message


@pytest.mark.parametrize("seeds", ["2", '"4,5"', "[4, 5]"])
def test_seeds_in_a_file(desk, seeds):
    (desk.folder / "study.toml").write_text(f"seeds = {seeds}\nseed = 4\nexecutor = 'eager'\n")
    answer = desk.train("--config", "study.toml", "--json").json
    assert [run["seed"] for run in answer["runs"]] == [4, 5]


@pytest.mark.parametrize("way", ["vmap", "processes"])
def test_a_single_seed_has_nothing_to_share(desk, way):
    assert "--seeds" in desk.train("--executor", way, code=2).message


def begun(desk, way, *options):
    """Start a long study of two seeds, and wait until both learn where they do so side by side."""
    arguments = [*desk.training, "--output", "study", "--seeds", "1,2", "--executor", way, "--log-every", 1, *options]
    process = subprocess.Popen(
        command_line(arguments), cwd=desk.folder, env=clean_environment(), stderr=subprocess.PIPE, text=True
    )
    runs = [desk.folder / "runs" / "reviews" / "study" / f"seed-{seed}" for seed in (1, 2)]
    deadline = time.monotonic() + 120
    watched = runs[:1] if way == "eager" else runs
    while not all((run / "metrics.jsonl").is_file() and (run / "metrics.jsonl").stat().st_size for run in watched):
        assert time.monotonic() < deadline, "the study never began"
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    return process, runs


def test_one_that_is_stopped_before_it_replaces_another_is_not_said_to_go_on(desk, monkeypatch):
    desk.train("--seeds", "1,2", "--executor", "eager", "--output", "study")
    monkeypatch.setattr(ftcli.trainings.study, "chosen_executor", lambda _: os.kill(os.getpid(), signal.SIGINT))
    answer = desk.train("--seeds", "7,8", "--overwrite", "--output", "study", code=130)
    assert "To go on" not in answer.err


@pytest.mark.parametrize(
    ("way", "sign", "code"),
    [
        ("processes", signal.SIGINT, 130),
        ("processes", signal.SIGTERM, 143),
        ("vmap", signal.SIGINT, 130),
        ("eager", signal.SIGTERM, 143),
    ],
)
def test_a_stopped_study_marks_all_its_runs(desk, way, sign, code):
    process, runs = begun(desk, way, "--max-steps", 100000)
    process.send_signal(sign)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    assert {status_of(run)["state"] for run in runs if run.exists()} == {"interrupted"}


def test_what_is_being_said_of_a_run_is_said_to_the_end_before_a_study_stops(desk, monkeypatch):
    said = []

    def begin_run(self, number, steps, metric):
        os.kill(os.getpid(), signal.SIGTERM)
        said.append(number)

    monkeypatch.setattr(StudyProgress, "begin_run", begin_run)
    options = ["--seeds", "1,2", "--executor", "processes", "--max-steps", 100000]
    answer = desk.train(*options, "--output", "study", code=143)
    assert said
    assert "To go on: ftcli train --resume runs/reviews/study" in " ".join(answer.err.split())


def test_a_process_that_dies_takes_no_other_along(desk):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two cores to have two runs at a time")
    process, runs = begun(desk, "processes", "--max-steps", 300)
    os.kill(json.loads((runs[0] / ".lock-owner").read_text())["pid"], signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the process that trained seed 1 ended with code -9" in err
    assert status_of(runs[1])["state"] == "finished"


def weights_of(run):
    from safetensors.numpy import load_file

    return load_file(run / "model" / "model.safetensors")


def test_what_varies_is_one_stream_and_the_others_are_those_of_the_first_seed(desk):
    """The same run comes of the seeds of its streams given one by one."""
    study(desk, "--seeds", "7,3", "--vary", "init", "--executor", "eager", "--threads", 1)
    alone = desk.train_run("--output", "alone", "--seed", 3, "--data-seed", 42, "--dropout-seed", 42, "--threads", 1)
    member = alone.with_name("study") / "seed-3"
    assert (member / "metrics.jsonl").read_bytes() == (alone / "metrics.jsonl").read_bytes()
    assert "data_seed = 42\ndropout_seed = 42\n" in (member / "settings.toml").read_text()


def test_seeds_in_step_draw_what_they_draw_alone(desk):
    """The tiny model's dropout and the strategies' noise, with one stream varied alone."""
    options = ["--vary", "init", "--rdrop", "--mixout", "--log-every", 1, "--json"]
    together = desk.train("--seeds", "7,3", "--executor", "vmap", "--output", "vmap", *options).json["runs"]
    alone = desk.train("--seeds", "7,3", "--executor", "eager", "--output", "eager", *options).json["runs"]
    for one, other in zip(together, alone, strict=True):
        files = [desk.folder / each["run"] / "metrics.jsonl" for each in (one, other)]
        losses = [[line["loss"] for line in lines_of(file)] for file in files]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert together[0]["loss"] != together[1]["loss"]


@pytest.mark.parametrize("stream", ["init", "data", "dropout"])
def test_each_stream_changes_the_result(desk, stream):
    first = weights_of(desk.train_run("--output", "first", "--seed", 1))
    other = weights_of(desk.train_run("--output", "other", "--seed", 1, f"--{stream}-seed", 2))
    same = weights_of(desk.train_run("--output", "same", "--seed", 1, f"--{stream}-seed", 1))
    assert any((first[name] != other[name]).any() for name in first)
    assert all((first[name] == same[name]).all() for name in first)


def test_studies_that_vary_different_things_are_compared_as_different(desk):
    for vary in ("all", "data"):
        desk.train("--seeds", 2, "--vary", vary, "--executor", "eager", "--output", vary)
    groups = desk.ask("compare", "runs", "--json").json["tables"][0]["groups"]
    assert len(groups) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", 2, "--vary", "init", "--init-seed", 1], "exclude each other"),
        (["--vary", "data"], "--vary"),
    ],
)
def test_what_can_not_vary_is_refused(desk, options, message):
    assert message in desk.train(*options, code=2).message


def test_a_study_whose_file_names_no_seeds(desk):
    desk.train(*EAGER, "--seeds", 1)
    file = desk.folder / "runs/reviews/study/study.toml"
    file.write_text("".join(line for line in file.read_text().splitlines(True) if not line.startswith("seeds")))
    for arguments in (["train", "--resume", "study"], [*desk.training, *EAGER, "--seeds", 2]):
        assert "neither seeds nor folds" in desk.ask(*arguments, code=1).message


def test_the_card_of_each_model_tells_what_all_seeds_scored(desk):
    study(desk, "--seeds", 3, "--executor", "eager", "--threads", 1)
    for run in sorted((desk.folder / "runs" / "reviews" / "study").glob("seed-*")):
        assert "The same recipe with 3 seeds" in (run / "model" / "README.md").read_text()
        desk.ask("runs", "verify", str(run))
