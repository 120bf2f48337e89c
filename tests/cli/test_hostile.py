"""Nothing that comes from a stranger is executed, or leads out of its folder: a hostile file for each way in."""

from __future__ import annotations

import json
import os
import pickle
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from terminal import contents

from ftcli.engine.eager import EagerExecutor
from ftcli.runs.guard import lock
from ftcli.runs.manifest import write_manifest

pytestmark = pytest.mark.slow


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def mark(tmp_path):
    """What must not appear; that the bomb works is tried first."""
    trial = tmp_path / "trial"
    pickle.loads(pickle.dumps(Bomb(trial)))
    assert trial.is_dir()
    return tmp_path / "executed"


@pytest.fixture
def bomb(mark):
    return pickle.dumps(Bomb(mark))


def code_that_marks(mark):
    return f"import os\nos.mkdir({str(mark)!r})\n"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "training_args.bin", "tokenizer.json"])
def test_a_pickle_in_a_model_folder(desk, bomb, mark, name):
    folder = desk.folder / "model"
    shutil.copytree(desk.model, folder)
    if name == "pytorch_model.bin":
        (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(bomb)
    code = 0 if name == "training_args.bin" else 1  # which nobody reads
    desk.train("--model", folder, code=code)
    assert not mark.exists()


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_in_a_model_folder(desk, mark, file):
    folder = desk.folder / "model"
    shutil.copytree(desk.model, folder)
    (folder / "hostile.py").write_text(code_that_marks(mark))
    names = {
        "AutoConfig": "hostile.C",
        "AutoModelForSequenceClassification": "hostile.M",
        "AutoTokenizer": ["hostile.T"] * 2,
    }
    config = json.loads((folder / file).read_text()) | {"auto_map": names}
    (folder / file).write_text(json.dumps(config))
    desk.train("--model", folder)
    config["model_type"] = "hostile"
    if file == "config.json":
        (folder / file).write_text(json.dumps(config))
        desk.train("--model", folder, "--output", "other", code=1)
    assert not mark.exists()


MODEL_OF_RUN = "runs/reviews/baseline-seed2/model"
TASK = """
text = "text"
label = "label"
metric = "accuracy"
[splits.train]
file = "reviews.csv"
[splits.dev]
file = "dev.csv"
"""
WAYS_IN = {
    "eval": ["eval"],
    "predict": ["predict"],
    "eval --model": ["eval", "--model", MODEL_OF_RUN, "--task", "own.toml"],
    "predict --model": ["predict", "--model", MODEL_OF_RUN, "-"],
    "export": ["export", "baseline-seed2", "--to", "onnx", "--output", "exported"],
    "train --model": ["train", "--train-file", "reviews.csv", "--model", MODEL_OF_RUN, "--max-steps", 1],
}


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "tokenizer.json"])
@pytest.mark.parametrize("way", WAYS_IN)
def test_a_pickle_in_the_model_of_a_run(desk_with_run, bomb, mark, way, name):
    folder = desk_with_run.folder / MODEL_OF_RUN
    (desk_with_run.folder / "own.toml").write_text(TASK)
    if name == "pytorch_model.bin":
        (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(bomb)
    assert desk_with_run.ask(*WAYS_IN[way], stdin="a\n", code=1).message
    assert not mark.exists()


@pytest.mark.parametrize("way", ["eval", "predict", "export", "train --model"])
def test_code_in_the_model_of_a_run(desk_with_run, mark, way):
    folder = desk_with_run.folder / MODEL_OF_RUN
    (folder / "hostile.py").write_text(code_that_marks(mark))
    config = json.loads((folder / "config.json").read_text())
    names = {"AutoConfig": "hostile.C", "AutoModelForSequenceClassification": "hostile.M"}
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": names, "model_type": "hostile"}))
    desk_with_run.ask(*WAYS_IN[way], stdin="a\n", code=1)
    assert not mark.exists()


def test_a_pickle_in_a_model_of_a_soup(desk, bomb, mark):
    desk.train("--seeds", "3,4", "--executor", "eager", "--max-steps", 1, "--output", "study")
    (desk.folder / "runs/reviews/study/seed-4/model/model.safetensors").write_bytes(bomb)
    desk.train(
        "--seeds", "3,4", "--executor", "eager", "--max-steps", 1, "--output", "study", "--soup", "uniform", code=1
    )
    assert not mark.exists()


def cut_run(desk, monkeypatch):
    inner = EagerExecutor.step

    def step(self, batch):
        if self.state.taken == 2:
            monkeypatch.setattr(EagerExecutor, "step", inner)
            raise ZeroDivisionError
        return inner(self, batch)

    monkeypatch.setattr(EagerExecutor, "step", step)
    with pytest.raises(ZeroDivisionError):
        desk.train("--output", "cut", "--checkpoint-every", 1)
    return desk.folder / "runs/reviews/cut"


@pytest.mark.parametrize("file", ["state.safetensors", "state.json"])
def test_a_pickle_in_a_checkpoint_whose_checksum_is_right(desk, monkeypatch, bomb, mark, file):
    for folder in cut_run(desk, monkeypatch).glob("checkpoints/step-*"):
        (folder / "manifest.json").unlink()
        (folder / file).write_bytes(bomb)
        write_manifest(folder, folder.iterdir())
    message = desk.ask("train", "--resume", "cut", code=1).message
    assert "step-00000002" in message
    assert not mark.exists()


def changed(folder, **numbers):
    """Replace numbers of a checkpoint, and its checksums with them."""
    known = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps(known | numbers))
    (folder / "manifest.json").unlink()
    write_manifest(folder, folder.iterdir())


ODD_NUMBERS = [
    *({"step": step} for step in (-1, 10**12, "a")),
    *({"lines": {"sizes": sizes, "seconds": 0}} for sizes in ([-5, 0], [0], 3)),
    {"selection": {"score": "x", "step": 1, "last": 0, "epochs_since": 0}},
    {"portions": [0, 0]},
    {"measured": [["loss"]] * 9},
    {"watch": {"_norms": ["x"] * 50}},
    {"meter": {"seconds": {"x": "y"}, "examples": "a", "tokens": 1, "padded": 1}},
    {"more": 1},
]


def test_odd_numbers_in_a_checkpoint_whose_checksum_is_right(desk, monkeypatch):
    folder = cut_run(desk, monkeypatch) / "checkpoints/step-00000002"
    known = json.loads((folder / "state.json").read_text())
    for numbers in ODD_NUMBERS:
        changed(folder, **(known | numbers))
        answer = desk.ask("train", "--resume", "cut", code=1)
        assert "step-00000002: this checkpoint does not fit the run" in answer.message, numbers


def test_a_checkpoint_under_the_name_of_another_step(desk, monkeypatch):
    checkpoints = cut_run(desk, monkeypatch) / "checkpoints"
    (checkpoints / "step-00000002").rename(checkpoints / "step-99999999")
    assert "does not fit the run" in desk.ask("train", "--resume", "cut", code=1).message


def test_odd_tensors_in_a_checkpoint_whose_checksum_is_right(desk, monkeypatch):
    folder = cut_run(desk, monkeypatch) / "checkpoints/step-00000002"
    tensors = load_file(folder / "state.safetensors")
    for name in ("best/classifier.weight", "measured/0/loss", "random/state", "moments/x/step"):
        save_file(tensors | {name: np.zeros((3, 5), "float32")}, folder / "state.safetensors")
        changed(folder)
        assert "does not fit the run" in desk.ask("train", "--resume", "cut", code=1).message, name


@pytest.mark.parametrize("part", ["checkpoints", "evaluations", "metrics.jsonl", "timings.jsonl", "status.json", "."])
def test_a_link_in_a_run_is_not_written_through(desk, monkeypatch, part):
    run, treasure = cut_run(desk, monkeypatch), desk.folder / "treasure"
    treasure.mkdir()
    place = run / part
    if place.exists():
        place.rename(treasure / "gold")
    else:
        (treasure / "gold").mkdir()
    place = run if part == "." else place
    before = contents(treasure)
    place.symlink_to(treasure / "gold")
    answer = desk.ask("train", "--resume", "runs/reviews/cut", code=1)
    assert "symbolic link" in answer.message
    assert contents(treasure) == before


def test_a_link_in_a_study_is_not_written_through(desk, monkeypatch):
    mine = cut_run(desk, monkeypatch)
    desk.train("--output", "study", "--seeds", 2, "--executor", "eager")
    study = mine.with_name("study")
    shutil.rmtree(study / "seed-43")
    (study / "seed-43").symlink_to(mine)
    before = contents(mine)
    assert "symbolic link" in desk.ask("train", "--resume", "study", code=1).message
    assert contents(mine) == before


def test_an_evaluation_is_not_written_through_a_link(desk_with_run):
    evaluations = desk_with_run.folder / "runs/reviews/baseline-seed2/evaluations"
    treasure = evaluations.rename(desk_with_run.folder / "treasure")
    before = contents(treasure)
    evaluations.symlink_to(treasure)
    assert "symbolic link" in desk_with_run.ask("eval", "baseline-seed2", code=1).message
    assert contents(treasure) == before


def test_the_owner_of_a_lock_is_not_written_through_a_link(desk, tmp_path):
    folder, gold = tmp_path / "run", tmp_path / "gold"
    folder.mkdir()
    gold.write_text("gold")
    (folder / ".lock-owner").symlink_to(gold)
    with lock(folder):
        pass
    assert gold.read_text() == "gold"


@pytest.mark.parametrize("strategy", ["swa", "lora"])
def test_a_checkpoint_of_another_recipe(desk, monkeypatch, strategy):
    settings = cut_run(desk, monkeypatch) / "settings.toml"
    settings.write_text(settings.read_text().replace("strategy = []", f'strategy = ["{strategy}"]'))
    assert "does not fit the run" in desk.ask("train", "--resume", "cut", code=1).message


def test_a_run_that_names_a_place_outside_to_replace(desk, monkeypatch):
    run = cut_run(desk, monkeypatch)
    hostile = run.rename(run.with_name("cut.new"))
    victim = desk.folder / "runs" / "victim"
    shutil.copytree(hostile, victim)
    before = contents(victim)
    status = json.loads((hostile / "status.json").read_text()) | {"replaces": "../victim"}
    (hostile / "status.json").write_text(json.dumps(status))
    desk.ask("train", "--resume", "cut.new")
    assert contents(victim) == before
    assert hostile.is_dir()


def test_a_link_in_a_run_is_not_followed_when_it_is_removed(desk_with_run):
    treasure = desk_with_run.folder / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("gold")
    run = desk_with_run.folder / "runs/reviews/baseline-seed2"
    (run / "link").symlink_to(treasure)
    desk_with_run.ask("runs", "rm", "baseline-seed2", "--yes")
    assert (treasure / "gold").read_text() == "gold"


def test_control_characters_do_not_reach_the_terminal(desk):
    rows = "".join(f"some words {number},\x1b[31mred{number % 2}\x07\n" for number in range(20))
    (desk.folder / "reviews.csv").write_text("text,label\n" + rows)
    (desk.folder / "dev.csv").write_text("text,label\n" + rows)
    answers = [desk.train("--output", "run"), desk.ask("eval"), desk.ask("compare", "runs")]
    answers.append(desk.ask("runs", "show", "run"))
    (desk.folder / "dev.csv").write_text("text,label\nwords,\x1b[2Junknown\n")
    answers.append(desk.train(code=1))
    for answer in answers:
        assert "\x1b" not in answer.out + answer.err
        assert "\x07" not in answer.out + answer.err
