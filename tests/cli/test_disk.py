"""A disk that is full, or refuses: the last good checkpoint is kept, and nothing half under a final name."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import subprocess
from contextlib import suppress

import pytest
from helpers import make_run
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from terminal import clean_environment, command_line, run_process, status_of

from ftcli.engine import checkpoint
from ftcli.engine.eager import EagerExecutor
from ftcli.runs.checkpoints import CheckpointStore

pytestmark = pytest.mark.slow

RESULTS = ["metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl"]


def whole_files(run):
    """Every file under a final name can be read as what it is; none is hidden and half."""
    for file in run.rglob("*"):
        if file.suffix == ".safetensors":
            with safe_open(file, "pt") as tensors:
                assert tensors.keys()
        elif file.suffix == ".json":
            json.loads(file.read_text())
    assert not list(run.rglob(".partial-*"))


@pytest.mark.parametrize("part", ["state.safetensors", "manifest.json"])
def test_a_full_disk_at_a_checkpoint(desk, monkeypatch, part):
    options = ["--threads", 1, "--checkpoint-every", 1, "--max-steps", 6]
    whole = desk.train_run("--output", "whole", *options)
    inner = (checkpoint.save_file, checkpoint.write_json)

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def save(tensors, path):
        return full() if "step-00000003" in os.listdir(path.parents[1]) else inner[0](tensors, path)

    def write(path, content):
        return full() if "step-00000003" in os.listdir(path.parents[1]) else inner[1](path, content)

    name, broken = ("save_file", save) if part == "state.safetensors" else ("write_json", write)
    monkeypatch.setattr(checkpoint, name, broken)
    answer = desk.train("--output", "full", *options, code=1)
    monkeypatch.undo()
    assert "No space left on device" in answer.message
    assert "To go on: ftcli train --resume" in answer.message
    run = desk.folder / "runs/reviews/full"
    assert status_of(run)["state"] == "failed"
    assert max(CheckpointStore(run / "checkpoints").whole()[0]) == 3
    whole_files(run)
    desk.ask("train", "--resume", "full")
    for result in RESULTS:
        assert (run / result).read_bytes() == (whole / result).read_bytes()


@pytest.fixture
def small_disk(tmp_path, request):
    """A real file system of one megabyte, or so many, where the machine allows mounting one."""
    place = tmp_path / "small"
    place.mkdir()
    size = f"size={getattr(request, 'param', 1)}m"
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("room", ["none for a checkpoint", "none for the model"])
def test_a_real_disk_that_is_full(desk, small_disk, room):
    options = ["--output", small_disk / "run", "--threads", 1]
    if room == "none for a checkpoint":
        options += ["--checkpoint-every", 1]
    else:
        (small_disk / "ballast").write_bytes(bytes(900_000))
    answer = run_process(desk.folder, *desk.training, *options, code=1)
    assert "No space left on device" in answer.message
    assert "Traceback" not in answer.err
    assert not (small_disk / "run/model").exists()
    whole_files(small_disk / "run")


@pytest.mark.parametrize("small_disk", [20], indirect=True)
def test_a_real_disk_that_fills_up_keeps_the_last_good_checkpoint(desk, small_disk, monkeypatch):
    inner, ballast = EagerExecutor.step, small_disk / "ballast"
    options = ["--threads", 1, "--checkpoint-every", 1, "--max-steps", 6]

    def step(self, batch):
        if self.state.taken == 4:
            with ballast.open("wb") as file, suppress(OSError):
                while True:
                    file.write(bytes(10_000))
                    file.flush()
        return inner(self, batch)

    whole = desk.train_run("--output", "whole", *options)
    monkeypatch.setattr(EagerExecutor, "step", step)
    answer = desk.train("--output", small_disk / "run", *options, code=1)
    monkeypatch.undo()
    assert "No space left on device" in answer.message
    assert str(small_disk / "run") in answer.message
    run = small_disk / "run"
    assert max(CheckpointStore(run / "checkpoints").whole()[0]) == 4
    ballast.unlink()
    desk.ask("train", "--resume", run)
    for result in RESULTS:
        assert (run / result).read_bytes() == (whole / result).read_bytes()


def test_a_disk_that_can_only_be_read(desk, small_disk):
    make_run(small_disk / "run")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for arguments in (["--output", small_disk / "new"], ["--output", small_disk / "run", "--overwrite"]):
        answer = desk.train(*arguments, code=1)
        assert "Read-only file system" in answer.message
        assert "small" in answer.message
    assert "Read-only file system" in desk.ask("runs", "rm", small_disk / "run", "--yes", code=1).message


@pytest.mark.parametrize("most", [10, 14, 16])
def test_a_limit_on_open_files(desk, most):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    done = subprocess.run(
        command_line([*desk.training, "--seeds", 3, "--output", "study"]),
        cwd=desk.folder,
        env=clean_environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error:" in done.stderr
    assert "open files" in done.stderr


def test_two_processes_cannot_go_on_with_the_same_run(desk, monkeypatch):
    from ftcli.runs.guard import lock

    monkeypatch.setattr(checkpoint.Checkpointer, "write_if_due", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.train("--output", "run")
    monkeypatch.undo()
    monkeypatch.setenv("NO_COLOR", "1")
    with lock(desk.folder / "runs/reviews/run"):
        answer = desk.ask("train", "--resume", "run", code=1)
    assert f"another process (pid {os.getpid()}" in answer.message
    desk.ask("train", "--resume", "run")  # a lock whose process is gone is void


def test_a_replacement_whose_process_died_just_before_is_put_in_place(desk_with_run):
    runs = desk_with_run.folder / "runs/reviews"
    new = runs / "old.new"
    shutil.copytree(runs / "baseline-seed2", new)
    status = status_of(new) | {"replaces": "old"}
    (new / "status.json").write_text(json.dumps(status))
    (runs / ".old.old-0123abcd").mkdir()
    assert "nothing to remove" in desk_with_run.ask("runs", "prune").out  # it may be the only copy
    assert desk_with_run.ask("train", "--resume", "old.new", "--json").json["run"] == "runs/reviews/old"
    assert not new.exists()
    desk_with_run.ask("runs", "prune", "--yes")
    assert sorted(path.name for path in runs.iterdir()) == ["baseline-seed2", "old"]


def test_recorded_settings_say_what_is_not_as_it_was(desk_with_run):
    desk = desk_with_run
    run = desk.folder / "runs/reviews/baseline-seed2"
    said = desk.ask("train", "--config", "runs/reviews/baseline-seed2/settings.toml", "--output", "same").err
    assert "may not be that of" not in said
    for name in ("metrics.jsonl", "evaluations/dev.predictions.jsonl"):
        assert (run.with_name("same") / name).read_bytes() == (run / name).read_bytes()
    file = desk.folder / "dev.csv"
    file.write_text(file.read_text() + "one more,good\n")
    said = desk.ask("train", "--config", "runs/reviews/baseline-seed2/settings.toml", "--output", "other").err
    assert "may not be that of runs/reviews/baseline-seed2: the data has changed" in " ".join(said.split())


def test_so_they_do_of_threads_and_of_the_pretrained_model(desk):
    model = desk.folder / "mine"
    shutil.copytree(desk.model, model)
    options = ["--model", model, "--max-steps", 2]
    desk.train(*options, "--threads", 1, "--output", "first")
    config = desk.folder / "runs/reviews/first/settings.toml"
    config.write_text(config.read_text().replace("threads = 1", "threads = 0"))
    repeat = ["train", "--config", config, "--output"]
    # What is left open is as it was, whatever the machine has; what is asked for is said.
    assert "may not be" not in run_process(desk.folder, *repeat, "second").err
    assert status_of(desk.folder / "runs/reviews/second")["threads"] == 1
    said = desk.ask(*repeat, "third", "--threads", 2).err
    assert "runs/reviews/first: the number of threads was 1 and is 2" in " ".join(said.split())
    weights = load_file(model / "model.safetensors")
    save_file({name: tensor + 0.01 for name, tensor in weights.items()}, model / "model.safetensors", {"format": "pt"})
    said = desk.ask(*repeat, "fourth").err
    assert "runs/reviews/first: the pretrained model has changed" in " ".join(said.split())
