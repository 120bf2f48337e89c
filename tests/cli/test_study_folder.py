"""Where a study goes, who may write there meanwhile, and what one leaves that can't start."""

from __future__ import annotations

import pytest
from families import save_family
from terminal import contents

from ftcli.runs.guard import lock

PLACE = "runs/reviews/baseline"
SEVERAL = ["--executor", "eager", "--threads", 1]

pytestmark = pytest.mark.slow


@pytest.fixture
def unmappable(desk):
    return save_family("DebertaV2", desk.folder / "unmappable", ["the cat sat on the mat", "a dog ran"] * 20)


def test_the_same_command_with_more_seeds_goes_on_where_no_place_is_named(desk):
    desk.train(*SEVERAL, "--seeds", 2)
    weights = (desk.folder / PLACE / "seed-43/model/model.safetensors").stat()
    answer = desk.train(*SEVERAL, "--seeds", 3, "--json").json
    assert answer["study"] == PLACE
    assert [run["seed"] for run in answer["runs"]] == [42, 43, 44]
    assert (desk.folder / PLACE / "seed-43/model/model.safetensors").stat() == weights
    assert "nothing is trained" in desk.train(*SEVERAL, "--seeds", 3).err
    desk.train(*SEVERAL, "--seeds", 3, "--overwrite")
    assert (desk.folder / PLACE / "seed-43/model/model.safetensors").stat() != weights


def test_other_settings_and_other_data_make_another_study(desk):
    desk.train(*SEVERAL, "--seeds", 2)
    assert desk.train(*SEVERAL, "--seeds", 2, "--lr", "1e-3", "--json").json["study"] == f"{PLACE}-2"
    assert desk.train(*SEVERAL, "--seeds", 3, "--lr", "1e-3", "--json").json["study"] == f"{PLACE}-2"
    reviews = desk.folder / "reviews.csv"
    lines = reviews.read_text().splitlines(keepends=True)
    reviews.write_text("".join(lines[:1] + lines[:0:-1]))
    assert desk.train(*SEVERAL, "--seeds", 2, "--json").json["study"] == f"{PLACE}-3"


def test_a_study_at_work_is_left_alone(desk):
    desk.train(*SEVERAL, "--seeds", 2)
    before = contents(desk.folder / PLACE)
    with lock(desk.folder / PLACE):
        assert desk.train(*SEVERAL, "--seeds", 3, "--json").json["study"] == f"{PLACE}-2"
        for command in (
            [*desk.training, *SEVERAL, "--seeds", 3, "--output", "baseline"],
            ["train", "--resume", PLACE],
            ["runs", "rm", PLACE, "--yes"],
            ["runs", "rm", f"{PLACE}/seed-42", "--yes"],
        ):
            assert f"is writing to {PLACE}" in desk.ask(*command, code=1).message
    after = contents(desk.folder / PLACE)
    assert {name: after[name] for name in before} == before


def test_a_study_that_can_not_start_leaves_nothing(desk, unmappable):
    answer = desk.train("--model", unmappable, "--executor", "vmap", "--seeds", 2, code=2)
    assert "can't be mapped over seeds" in answer.message
    assert not (desk.folder / "runs").exists()
    desk.train(*SEVERAL, "--seeds", 2, "--tapt", code=1)
    assert not (desk.folder / "runs").exists()


def test_a_study_that_can_not_replace_another_leaves_it_as_it_was(desk, unmappable):
    there = ["--model", unmappable, "--seeds", 2, "--output", "there"]
    desk.train(*there, *SEVERAL)
    before = contents(desk.folder / "runs")
    desk.train(*there, "--executor", "vmap", "--overwrite", code=2)
    desk.train(*there, *SEVERAL, "--tapt", "--overwrite", code=1)
    assert contents(desk.folder / "runs") == before
    assert "nothing is trained" in desk.train(*there, *SEVERAL).err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--executor", "vmap"], "--executor vmap: one seed has nothing to share"),
        (["--executor", "processes"], "--executor processes: one seed has nothing to share"),
        (["--vary", "init"], "--vary: one seed has nothing to vary"),
        (["--soup", "uniform"], "--soup: one seed is nothing to average"),
        (["--seeds", 2, "--soup", "uniform", "--no-save-model"], "--soup needs the models"),
        (["--seeds", 2, "--executor", "vmap", "--model", "unmappable"], "can't be mapped over seeds"),
    ],
    ids=str,
)
@pytest.mark.parametrize("how", ["train", "dry run"])
def test_a_dry_run_refuses_what_a_training_does(desk, unmappable, how, options, told):
    answer = desk.train(*options, *(["--dry-run"] if how == "dry run" else []), code=2)
    assert told in answer.message
    assert not (desk.folder / "runs").exists()
