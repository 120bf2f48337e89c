"""``ftcli train --resume``: an interrupted run ends as one that was never interrupted, to the byte."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from power import PowerCutError, cut
from safetensors.torch import load_file, save_file
from strategies.cases import BY_NAME, CASES
from terminal import Desk, clean_environment, command_line, results, run_process, status_of, wait_until

from ftcli.engine import scoring
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.run import TrainingRun
from ftcli.engine.stacked import StackedExecutor
from ftcli.recipes.discovery import all_strategies

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:There is a performance drop")]


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_every_strategy_goes_on_as_if_never_interrupted(desk, masked_model, monkeypatch, name):
    options = [*BY_NAME[name].flags, "--model", masked_model, "--max-steps", 8, "--threads", 1]
    options += ["--checkpoint-every", 2, "--log-every", 3]
    whole = desk.train_run("--output", "whole", *options)
    cut(monkeypatch, after=6 + 3)  # beyond the phases that some have: an epoch has six steps
    if name not in ("lp_ft", "tapt"):
        monkeypatch.undo()
        cut(monkeypatch, after=5)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    answer = desk.ask("train", "--resume", "cut", "--json").json
    assert answer["run"] == "runs/reviews/cut"
    assert results(whole.with_name("cut")) == results(whole)
    assert not (whole.with_name("cut") / "checkpoints").exists()


@pytest.mark.parametrize("after", [1, 4, 7, 11])
def test_at_any_step(desk, monkeypatch, after):
    options = ["--max-steps", 12, "--swa", "--mixout", "--patience", 5, "--threads", 1, "--checkpoint-every", 3]
    whole = desk.train_run("--output", "whole", *options)
    cut(monkeypatch, after)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    answer = desk.ask("train", "--resume", "latest")
    assert ("starting anew" if after < 3 else f"after step {after // 3 * 3}") in answer.err
    assert results(whole.with_name("cut")) == results(whole)


@pytest.mark.parametrize("optimizer", ["sgd", "nadam", "radam", "adamax", "rmsprop", "adagrad"])
def test_other_optimizers_remember_too(desk, monkeypatch, optimizer):
    options = ["--optimizer", optimizer, "--max-steps", 6, "--threads", 1, "--checkpoint-every", 1]
    whole = desk.train_run("--output", "whole", *options)
    cut(monkeypatch, after=4)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    desk.ask("train", "--resume", "cut")
    assert results(whole.with_name("cut")) == results(whole)


@pytest.mark.parametrize(("way", "kind"), [("eager", EagerExecutor), ("vmap", StackedExecutor)])
def test_a_study_goes_on(desk, monkeypatch, way, kind):
    options = ["--seeds", "3,4", "--executor", way, "--max-steps", 6, "--threads", 1, "--checkpoint-every", 2, "--swa"]
    desk.train("--output", "whole", *options)
    cut(monkeypatch, after=5 if way == "vmap" else 9, kind=kind)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    runs = desk.folder / "runs/reviews"
    if way == "eager":
        assert status_of(runs / "cut/seed-3")["state"] == "finished"
    answer = desk.ask("train", "--resume", "cut", "--json").json
    assert [run["seed"] for run in answer["runs"]] == [3, 4]
    for seed in (3, 4):
        assert results(runs / f"cut/seed-{seed}") == results(runs / f"whole/seed-{seed}")


def test_the_processes_of_a_study_keep_their_threads_however_few_are_left(desk):
    options = ["--seeds", "3,4", "--executor", "processes", "--max-steps", 6]
    run_process(desk.folder, *desk.training, *options, "--output", "whole")
    runs = desk.folder / "runs/reviews"
    shutil.copytree(runs / "whole", runs / "cut")
    shutil.rmtree(runs / "cut/seed-4")  # killed before it had begun
    run_process(desk.folder, "train", "--resume", "cut")
    assert status_of(runs / "cut/seed-4")["threads"] == status_of(runs / "cut/seed-3")["threads"]
    assert results(runs / "cut/seed-4") == results(runs / "whole/seed-4")


def test_a_pretrained_model_that_has_changed_stops_what_would_be_a_mixture(desk, monkeypatch):
    model = desk.folder / "mine"
    shutil.copytree(desk.model, model)
    cut(monkeypatch, after=4)
    with pytest.raises(PowerCutError):
        desk.train("--model", model, "--max-steps", 6, "--checkpoint-every", 2, "--output", "cut")
    weights = load_file(model / "model.safetensors")
    save_file({name: tensor + 0.01 for name, tensor in weights.items()}, model / "model.safetensors", {"format": "pt"})
    assert "its pretrained model has changed since" in desk.ask("train", "--resume", "cut", code=1).message


@pytest.mark.parametrize("harm", ["killed before it was written", "damaged"])
def test_seeds_in_step_go_on_from_where_all_of_them_can(desk, monkeypatch, harm):
    options = ["--seeds", "3,4", "--executor", "vmap", "--max-steps", 8, "--checkpoint-every", 2, "--threads", 1]
    desk.train("--output", "whole", *options)
    cut(monkeypatch, after=7, kind=StackedExecutor)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    runs = desk.folder / "runs/reviews"
    newest = runs / "cut/seed-4/checkpoints/step-00000006"
    if harm == "damaged":
        (newest / "state.safetensors").write_bytes(b"")
    else:
        shutil.rmtree(newest)
    said = " ".join(desk.ask("train", "--resume", "cut").err.split())
    assert ("step-00000006/state.safetensors: damaged" in said) == (harm == "damaged")
    assert "Going on after step 4" in said
    for seed in (3, 4):
        assert results(runs / f"cut/seed-{seed}") == results(runs / f"whole/seed-{seed}")


@pytest.mark.parametrize("after", [6, 9], ids=["between waves", "in the second wave"])
def test_a_study_in_waves_goes_on(desk, monkeypatch, after):
    monkeypatch.setattr("ftcli.engine.waves.seeds_that_fit", lambda state, left: min(left, 2))
    options = ["--seeds", "3,4,5", "--executor", "vmap", "--max-steps", 6, "--checkpoint-every", 2, "--threads", 1]
    said = desk.train("--output", "whole", *options).err
    assert "Memory does not hold 3 seeds at once: 2 are trained in the same steps." in said
    cut(monkeypatch, after=after, kind=StackedExecutor)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    runs = desk.folder / "runs/reviews"
    assert [status_of(runs / f"cut/seed-{seed}")["state"] for seed in (3, 4)] == ["finished", "finished"]
    desk.ask("train", "--resume", "cut")
    for seed in (3, 4, 5):
        assert results(runs / f"cut/seed-{seed}") == results(runs / f"whole/seed-{seed}")
    assert [status_of(runs / f"cut/seed-{seed}").get("together") for seed in (3, 4, 5)] == [2, 2, None]


def test_seeds_of_different_waves_go_on_from_where_each_of_them_is(desk, monkeypatch):
    options = ["--seeds", "3,4,5,6", "--executor", "vmap", "--max-steps", 6, "--checkpoint-every", 2, "--threads", 1]
    cut(monkeypatch, after=3, kind=StackedExecutor)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    monkeypatch.setattr("ftcli.engine.waves.seeds_that_fit", lambda state, wished: min(wished, 2))
    cut(monkeypatch, after=3, kind=StackedExecutor)
    with pytest.raises(PowerCutError):
        desk.ask("train", "--resume", "cut")
    said = " ".join(desk.ask("train", "--resume", "cut").err.split())
    assert "Memory holds fewer seeds at once than before" in said
    found = re.findall(r"seed (\d) +Going on after step (\d)", said)
    assert found == [("3", "4"), ("4", "4"), ("5", "2"), ("6", "2")]
    for seed in (3, 4, 5, 6):
        assert status_of(desk.folder / f"runs/reviews/cut/seed-{seed}")["state"] == "finished"


def test_seeds_in_step_go_on_as_they_would_have_beside_one_that_has_finished(desk, monkeypatch):
    options = ["--seeds", "3,4,5", "--executor", "vmap", "--max-steps", 6, "--checkpoint-every", 4, "--threads", 1]
    desk.train("--output", "whole", *options)
    inner = TrainingRun._mark_finished

    def finish(self, *arguments):
        if self.settings.seed == 4:
            raise PowerCutError
        return inner(self, *arguments)

    monkeypatch.setattr(TrainingRun, "_mark_finished", finish)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    monkeypatch.undo()
    runs = desk.folder / "runs/reviews"
    assert [status_of(runs / f"cut/seed-{seed}")["state"] for seed in (3, 4)] == ["finished", "failed"]
    desk.ask("train", "--resume", "cut")
    for seed in (3, 4, 5):
        assert results(runs / f"cut/seed-{seed}") == results(runs / f"whole/seed-{seed}")


def test_a_run_of_seeds_in_step_cannot_go_on_alone(desk, monkeypatch):
    cut(monkeypatch, after=2, kind=StackedExecutor)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", "--seeds", 2, "--executor", "vmap")
    answer = desk.ask("train", "--resume", "runs/reviews/cut/seed-42", code=1)
    assert "can only go on with them" in answer.message
    assert "ftcli train --resume runs/reviews/cut" in answer.message


LONG = ["--max-steps", 400, "--log-every", 1, "--threads", 1, "--seed", 2]


@pytest.fixture(scope="module")
def whole_runs(tmp_path_factory, tiny_model):
    """Runs of the seeds 2 and 3 that were never interrupted."""
    desk = Desk.set_up(tmp_path_factory.mktemp("whole"), tiny_model)
    run_process(desk.folder, *desk.training, *LONG, "--seeds", "2,3", "--output", "whole")
    return desk.folder / "runs/reviews/whole"


def to_all(process, sign):
    """As systemd, a batch system or a terminal does."""
    os.killpg(process.pid, sign)


def to_one(process, sign):
    """As somebody does who knows its number."""
    process.send_signal(sign)


STUDY = ["--seeds", "2,3"]


@pytest.mark.parametrize(
    ("seeds", "sign", "sent", "code"),
    [
        ([], signal.SIGINT, to_one, 130),
        ([], signal.SIGTERM, to_one, 143),
        ([], signal.SIGHUP, to_all, 143),
        (STUDY, signal.SIGINT, to_all, 130),
        (STUDY, signal.SIGTERM, to_one, 143),
        (STUDY, signal.SIGTERM, to_all, 143),
        (STUDY, signal.SIGHUP, to_all, 143),
        (STUDY, signal.SIGKILL, to_one, -9),  # the processes that it leaves behind notice
    ],
    ids=lambda value: getattr(value, "name", None) or getattr(value, "__name__", None),
)
def test_a_stopped_process_loses_no_finished_step(desk, whole_runs, *, seeds, sign, sent, code):
    process = subprocess.Popen(
        command_line([*desk.training, *LONG, *seeds, "--output", "cut"]),
        cwd=desk.folder,
        env=clean_environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    runs = desk.folder / "runs/reviews"
    members = [f"seed-{seed}" for seed in (2, 3)] if seeds else ["."]
    begun = [runs / "cut" / member / "metrics.jsonl" for member in members]
    while not all(file.is_file() and file.stat().st_size > 2000 for file in begun):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    sent(process, sign)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    if sign != signal.SIGKILL:
        assert "To go on: ftcli train --resume runs/reviews/cut" in " ".join(err.split())
    for member in members:
        run = runs / "cut" / member
        wait_until(lambda run=run: status_of(run)["state"] != "running")
        assert status_of(run)["state"] == "interrupted"
        last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["step"]
        assert 0 < last < 400
        assert (run / "checkpoints" / f"step-{last:08d}").is_dir()
    desk.ask("train", "--resume", "runs/reviews/cut")
    for member in members:
        assert results(runs / "cut" / member) == results(whole_runs / (member if seeds else "seed-2"))


def test_a_finished_run_is_left_as_it_is(desk_with_run):
    run = desk_with_run.folder / "runs/reviews/baseline-seed2"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    answer = desk_with_run.ask("train", "--resume", "latest")
    assert "has finished already" in answer.err
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    again = desk_with_run.ask("train", "--resume", "baseline-seed2", "--json").json
    assert again["metrics"] == json.loads((run / "evaluations/dev.json").read_text())["metrics"]


def test_what_a_run_killed_at_its_very_end_has_left_goes(desk_with_run):
    run = desk_with_run.folder / "runs/reviews/baseline-seed2"
    (run / "checkpoints/step-00000003").mkdir(parents=True)
    desk_with_run.ask("train", "--resume", "latest")
    assert not (run / "checkpoints").exists()


def test_a_run_that_was_to_replace_another_does(desk_with_run, monkeypatch):
    desk = desk_with_run
    options = ["--output", "baseline-seed2", "--overwrite", "--seed", 9, "--checkpoint-every", 1]
    cut(monkeypatch, after=2)
    with pytest.raises(PowerCutError):
        desk.train(*options)
    answer = desk.ask("train", "--resume", "baseline-seed2.new", "--json").json
    assert answer["run"] == "runs/reviews/baseline-seed2"
    assert [path.name for path in (desk.folder / "runs/reviews").iterdir()] == ["baseline-seed2"]
    assert "seed = 9\n" in (desk.folder / "runs/reviews/baseline-seed2/settings.toml").read_text()


@pytest.mark.parametrize("after", [3, 9])
def test_a_study_that_was_to_replace_another_does(desk, monkeypatch, after):
    options = ["--executor", "eager", "--max-steps", 6, "--threads", 1, "--checkpoint-every", 1]
    desk.train("--output", "whole", "--seeds", "3,4", "--rdrop", *options)
    desk.train("--output", "study", "--seeds", "3,4", *options)
    runs = desk.folder / "runs/reviews"
    for seed in (3, 4):  # of the study before
        status = status_of(runs / f"study/seed-{seed}") | {"started": "2026-01-01T00:00:00Z"}
        (runs / f"study/seed-{seed}/status.json").write_text(json.dumps(status))
    cut(monkeypatch, after)
    with pytest.raises(PowerCutError):
        desk.train("--output", "study", "--seeds", "3,4", "--rdrop", "--overwrite", *options)
    desk.ask("train", "--resume", "study")
    left = sorted(path.name for path in (runs / "study").iterdir())
    assert left == [".lock", "seed-3", "seed-4", "study.toml"]
    for seed in (3, 4):
        assert results(runs / f"study/seed-{seed}") == results(runs / f"whole/seed-{seed}")


def test_a_run_killed_between_its_first_two_files_starts_anew(desk, monkeypatch):
    whole = desk.train_run("--output", "whole", "--threads", 1)
    run = whole.with_name("cut")
    run.mkdir()
    shutil.copy(whole / "settings.toml", run)
    (run / ".partial-0123456789abcdef").write_text("{")
    assert "starting anew" in desk.ask("train", "--resume", "cut").err
    assert results(run) == results(whole)
    assert not list(run.glob(".partial-*"))


def test_a_folder_with_nothing_but_leftovers_can_be_used(desk):
    run = desk.folder / "runs/reviews/run"
    run.mkdir(parents=True)
    (run / ".partial-0123456789abcdef").write_text("{")
    desk.train("--output", "run")


def test_an_unfinished_run_in_the_way_can_go_on(desk, monkeypatch):
    interrupted(desk, monkeypatch)
    answer = desk.train("--output", "cut", code=1)
    assert "`ftcli train --resume runs/reviews/cut` goes on with it" in answer.message


@pytest.mark.parametrize(
    ("seeds", "evaluation", "step"),  # two after epochs, one of the average, one of the last weights; of each seed
    [([], 1, 6), ([], 2, 12), ([], 3, 12), ([], 4, 12), ([3, 4], 2, 6), ([3, 4], 5, 12)],
)
def test_a_signal_in_an_evaluation_does_not_wait_for_its_end(desk, monkeypatch, seeds, evaluation, step):
    together = ["--seeds", "3,4", "--executor", "vmap"] if seeds else []
    options = [*together, "--max-steps", 12, "--swa", "--patience", 5, "--threads", 1, "--eval-batch-size", 4]
    desk.train("--output", "whole", *options)
    begun, batches, predicting = [], [], scoring.predicting

    def stopped(*arguments):
        begun.append(None)
        if len(begun) == evaluation:
            os.kill(os.getpid(), signal.SIGTERM)
        work = predicting(*arguments)
        while True:
            try:
                next(work)
            except StopIteration as end:
                return end.value
            batches.append(None)
            yield

    monkeypatch.setattr(scoring, "predicting", stopped)
    desk.train("--output", "cut", *options, code=143)
    monkeypatch.undo()
    assert len(batches) <= 6 * len(begun) - 5, "an evaluation is six batches"
    runs, members = desk.folder / "runs/reviews", [f"seed-{seed}" for seed in seeds] or ["."]
    for member in members:
        assert status_of(runs / "cut" / member)["state"] == "interrupted"
        assert (runs / "cut" / member / f"checkpoints/step-{step:08d}").is_dir()
    desk.ask("train", "--resume", "cut")
    for member in members:
        assert results(runs / "cut" / member) == results(runs / "whole" / member)


def curves(folder):
    """The points of each of TensorBoard's curves, those of orphans included, and their times."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), purge_orphaned_data=False, size_guidance={"tensors": 0})
    events.Reload()
    points = {tag: events.Tensors(tag) for tag in events.Tags()["tensors"]}
    return {tag: [(point.step, tuple(point.tensor_proto.float_val)) for point in each] for tag, each in points.items()}


def test_curves_hold_each_point_once(desk, monkeypatch):
    options = ["--max-steps", 12, "--threads", 1, "--checkpoint-every", 3, "--log-every", 1]
    whole = desk.train_run("--output", "whole", *options)
    cut(monkeypatch, 8)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    desk.ask("train", "--resume", "cut")
    assert len(curves(whole)["train/loss"]) == 12
    assert curves(whole.with_name("cut")) == curves(whole)


STEP = '{"step": %s, "metrics": {}, "learning_rates": {}, "loss": 1, "epoch": 1, "split": ""}'


@pytest.mark.parametrize(
    "line", ["{", '{"metrics": 5, "learning_rates": {}, "loss": 1}', STEP % "1e999", STEP % 10**30]
)
def test_damaged_metrics_are_named(desk, monkeypatch, line):
    folder = interrupted(desk, monkeypatch, "--log-every", 1)
    size = json.loads((folder / "checkpoints/step-00000003/state.json").read_text())["lines"]["sizes"][0]
    (folder / "metrics.jsonl").write_text(line + " " * (size - len(line) - 1) + "\n")
    answer = desk.ask("train", "--resume", "cut", code=1)
    assert "metrics.jsonl: damaged" in answer.message


def test_a_signal_while_a_run_is_finishing_keeps_the_next_from_starting(desk, monkeypatch):
    inner = TrainingRun._mark_finished

    def finish(self, *arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        return inner(self, *arguments)

    monkeypatch.setattr(TrainingRun, "_mark_finished", finish)
    desk.train("--seeds", "3,4", "--executor", "eager", "--output", "study", code=143)
    monkeypatch.undo()
    runs = desk.folder / "runs/reviews/study"
    assert status_of(runs / "seed-3")["state"] == "finished"
    assert not (runs / "seed-4").exists()
    assert [run["seed"] for run in desk.ask("train", "--resume", "study", "--json").json["runs"]] == [3, 4]


def interrupted(desk, monkeypatch, *options):
    cut(monkeypatch, after=3)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", "--checkpoint-every", 1, "--threads", 1, *options)
    return desk.folder / "runs/reviews/cut"


@pytest.mark.parametrize("harm", ["flipped", "truncated", "missing", "no manifest", "numbers"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(desk, monkeypatch, harm):
    whole = desk.train_run("--output", "whole", "--threads", 1)
    run = interrupted(desk, monkeypatch)
    name = {"no manifest": "manifest.json", "numbers": "state.json"}.get(harm, "state.safetensors")
    file = run / "checkpoints/step-00000003" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if harm in ("flipped", "numbers"):
        file.write_bytes(content)
    elif harm == "truncated":
        file.write_bytes(content[:-100])
    else:
        file.unlink()
    answer = desk.ask("train", "--resume", "cut")
    assert "step-00000003" in answer.err
    assert file.name in answer.err
    assert "Going on after step 2" in answer.err
    assert results(run) == results(whole)


def test_without_a_whole_checkpoint_it_starts_anew(desk, monkeypatch):
    whole = desk.train_run("--output", "whole", "--threads", 1)
    run = interrupted(desk, monkeypatch)
    for file in run.glob("checkpoints/*/state.safetensors"):
        file.write_bytes(b"nothing")
    assert "starting anew" in desk.ask("train", "--resume", "cut").err
    assert results(run) == results(whole)


def test_changed_data_is_refused(desk, monkeypatch):
    run = interrupted(desk, monkeypatch)
    file = desk.folder / "reviews.csv"
    file.write_text(file.read_text() + "one more,good\n")
    answer = desk.ask("train", "--resume", "cut", code=1)
    assert "its data has changed" in answer.message
    assert status_of(run)["state"] == "failed"


def test_what_differs_from_the_machine_before_is_said(desk, monkeypatch):
    run = interrupted(desk, monkeypatch)
    status = status_of(run)
    status["versions"]["torch"] = "1.0"
    (run / "status.json").write_text(json.dumps(status))
    assert "torch was 1.0 and is" in desk.ask("train", "--resume", "cut").err


def test_it_takes_as_many_threads_as_before(desk, monkeypatch):
    run = interrupted(desk, monkeypatch)
    settings = run / "settings.toml"
    settings.write_text(settings.read_text().replace("threads = 1", "threads = 0"))
    desk.ask("train", "--resume", "cut")
    assert status_of(run)["threads"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["cola"], "the task does not go with --resume"),
        (["--lr", "1"], "--lr does not go with --resume"),
        (["--rdrop"], "--rdrop does not go with --resume"),
        (["--preset", "fast"], "--preset does not go with --resume"),
    ],
)
def test_other_options_are_refused(desk, options, said):
    assert said in desk.ask("train", "--resume", "latest", *options, code=2).message


def test_the_folder_of_runs_may_be_a_variable(desk, monkeypatch):
    cut(monkeypatch, after=2)
    with pytest.raises(PowerCutError):
        desk.train("--runs-dir", "elsewhere", "--output", "cut")
    monkeypatch.undo()
    assert (
        desk.ask("train", "--resume", "latest", "--json", FTCLI_RUNS_DIR="elsewhere")
        .json["run"]
        .startswith("elsewhere")
    )


def test_there_must_be_a_run(desk):
    assert "no run" in desk.ask("train", "--resume", "latest", code=1).message
    assert "no run 'x' in runs" in desk.ask("train", "--resume", "x", code=1).message


def test_a_diverged_run_does_not_go_on(desk):
    desk.train("--output", "wild", "--lr", "1e30", "--warmup", 0, code=1)
    assert "has diverged" in desk.ask("train", "--resume", "wild", code=1).message


def test_all_strategies_are_tried():
    assert set(BY_NAME) == set(all_strategies())


def test_windows_of_long_texts_are_drawn_as_if_never_interrupted(desk, monkeypatch):
    options = ["--long-text", "windows", "--max-length", 5, "--max-steps", 8, "--threads", 1, "--checkpoint-every", 1]
    whole = desk.train_run("--output", "whole", *options)
    cut(monkeypatch, after=7)
    with pytest.raises(PowerCutError):
        desk.train("--output", "cut", *options)
    desk.ask("train", "--resume", "cut")
    assert results(whole.with_name("cut")) == results(whole)
