"""The average of a study's models: ``ftcli train --seeds N --soup``."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from terminal import LEARNING

pytestmark = pytest.mark.slow

SEEDS = (4, 5, 6)


def study(desk, kind, *options):
    seeds = ",".join(map(str, SEEDS))
    options = ["--output", "study", "--seeds", seeds, "--executor", "eager", "--soup", kind, *options]
    return desk.train(*LEARNING[:4], *options, "--json").json


def weights_of(folder):
    return load_file(folder / "model" / "model.safetensors")


def mean_of(study, seeds):
    members = [weights_of(study / f"seed-{seed}") for seed in seeds]
    return {name: torch.stack([member[name] for member in members]).mean(0) for name in members[0]}


def score_of(desk, weights):
    """Judge any weights, through the real command."""
    run = desk.folder / "judged"
    shutil.copytree(desk.folder / "runs/reviews/study/seed-4", run)
    save_file(weights, run / "model/model.safetensors", metadata={"format": "pt"})
    answer = desk.ask("eval", "./judged", "--json").json
    shutil.rmtree(run)
    return answer["metrics"][answer["metric"]]


def test_a_uniform_soup_is_the_mean_of_all(desk):
    answer = study(desk, "uniform")
    folder = desk.folder / "runs/reviews/study"
    assert answer["soup"]["seeds"] == list(SEEDS)
    torch.testing.assert_close(weights_of(folder / "soup"), mean_of(folder, SEEDS))
    again = desk.ask("eval", "study/soup", "--json").json
    assert again["metrics"] == answer["soup"]["metrics"]
    assert "the average of seeds 4, 5, 6" in (folder / "soup/model/README.md").read_text()


def test_a_greedy_soup_takes_what_does_not_lower_the_score(desk):
    answer = study(desk, "greedy")
    folder = desk.folder / "runs/reviews/study"
    scores = {run["seed"]: run["metrics"][run["metric"]] for run in answer["runs"]}
    first, *others = sorted(SEEDS, key=lambda seed: -scores[seed])
    used, best = [first], scores[first]
    for seed in others:
        score = score_of(desk, mean_of(folder, [*used, seed]))
        if score >= best:
            used, best = [*used, seed], score
    assert answer["soup"]["seeds"] == used
    assert answer["soup"]["metrics"][answer["soup"]["metric"]] == best
    torch.testing.assert_close(weights_of(folder / "soup"), mean_of(folder, used))


def test_compare_sets_it_apart_from_the_runs_that_it_is_made_of(desk):
    study(desk, "uniform")
    groups = desk.ask("compare", "runs", "--json").json["tables"][0]["groups"]
    assert sorted(group["counts"]["finished"] for group in groups) == [1, 3]


def test_it_is_made_anew_only_where_something_has_changed(desk):
    made = study(desk, "uniform")
    status = desk.folder / "runs/reviews/study/soup/status.json"

    def resumed(*options):
        before = status.stat().st_mtime_ns
        options = [*LEARNING[:4], "--output", "study", "--executor", "eager", *options]
        found = desk.train(*options, "--json").json["soup"]
        return found, status.stat().st_mtime_ns == before

    seeds = ["--seeds", ",".join(map(str, SEEDS)), "--soup"]
    again, kept = resumed(*seeds, "uniform")
    assert kept
    assert again == made["soup"]
    assert not resumed(*seeds, "greedy")[1]
    more, kept = resumed("--seeds", "4,5,6,7", "--soup", "uniform")
    assert (more["seeds"], kept) == ([4, 5, 6, 7], False)


def test_it_is_told(desk):
    answer = desk.train("--seeds", "4,5", "--executor", "eager", "--soup", "uniform")
    assert "Their average, of seeds 4, 5: accuracy" in answer.out


def test_one_seed_makes_no_soup(desk):
    assert "--soup: one seed is nothing to average" in desk.train("--soup", "greedy", code=2).err


def test_an_occupied_place_is_refused_before_anything_is_trained(desk):
    study(desk, "uniform")
    status = desk.folder / "runs/reviews/study/soup/status.json"
    for seed in SEEDS:
        shutil.rmtree(status.parents[1] / f"seed-{seed}")
    (status.parents[1] / "study.toml").unlink()  # else the study would go on
    before = json.loads(status.read_text())
    answer = desk.train("--output", "study", "--seeds", "4,5", "--soup", "uniform", code=1)
    assert "study/soup already holds a run" in answer.message
    assert not (status.parents[1] / "seed-4").exists()
    assert json.loads(status.read_text()) == before


@pytest.mark.parametrize("kind", ["uniform", "greedy"])
def test_a_seed_that_fails_is_left_out(desk, kind, monkeypatch):
    from ftcli.errors import DivergedError
    from ftcli.trainings import in_process

    whole = in_process.train_alone

    def failing(settings, *arguments):
        if settings.seed == 5:
            raise DivergedError("gone")
        return whole(settings, *arguments)

    monkeypatch.setattr(in_process, "train_alone", failing)
    options = ["--seeds", "4,5", "--executor", "eager", "--soup", kind, "--json"]
    assert desk.train(*options, code=1).json["soup"]["seeds"] == [4]
