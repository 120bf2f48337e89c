"""``ftcli train --seeds N --race``: the weaker half stops, time and again; what is left is as if it had run alone."""

from __future__ import annotations

import json

import pytest
from terminal import lines_of, run_process, status_of

from ftcli.engine.eager import EagerExecutor

pytestmark = pytest.mark.slow

RACE = ["--seeds", 4, "--race", "--max-steps", 24, "--threads", 1, "--output", "race"]  # an epoch is six steps
EAGER = [*RACE, "--executor", "eager"]
RESULTS = ["metrics.jsonl", "model/model.safetensors", "evaluations/dev.predictions.jsonl"]


def statuses(folder):
    return {int(run.name.removeprefix("seed-")): status_of(run) for run in folder.glob("seed-*")}


def score_after(run, step):
    entries = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return next(each["metrics"] for each in entries if each["split"] != "train" and each["step"] == step)


def results(folder):
    """All that must be the same, whatever happened on the way."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for name in RESULTS
        for path in sorted(folder.glob(f"*/{name}"))
    } | {seed: (each["state"], laps_of(each), each["reason"]) for seed, each in statuses(folder).items()}


def laps_of(status):
    """The laps of a race; their losses are those of metrics.jsonl, which is compared as a whole."""
    return [(lap["step"], lap["epoch"], lap["score"]) for lap in status["race"]]


def assert_same(found, expected):
    """Show what differs: whole, it is too long to be read."""
    differing = [name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)]
    assert not differing, [(name, str(found.get(name))[-500:], str(expected.get(name))[-500:]) for name in differing]


def test_the_better_half_goes_on_each_time(desk):
    answer = desk.train(*EAGER, "--json").json
    folder = desk.folder / "runs/reviews/race"
    runs = statuses(folder)
    assert sorted(each["state"] for each in runs.values()) == ["finished", "stopped", "stopped", "stopped"]
    for number, step, entrants in ((0, 6, list(runs)), (1, 12, [s for s in runs if len(runs[s]["race"]) > 1])):
        scores = {seed: score_after(folder / f"seed-{seed}", step)["accuracy"] for seed in entrants}
        assert {runs[seed]["race"][number]["step"] for seed in entrants} == {step}
        left = [seed for seed in entrants if len(runs[seed]["race"]) > number + 1 or runs[seed]["state"] == "finished"]
        assert len(left) == len(entrants) / 2
        assert max(scores[seed] for seed in entrants if seed not in left) <= min(scores[seed] for seed in left)
    # 4 seeds for an epoch, 2 for another, 1 for the two that remain of four: 8 of 16.
    assert answer["race"]["share_of_steps"] == 0.5
    assert not list(folder.glob("*/checkpoints"))
    assert sum("stopped" in run for run in answer["runs"]) == 3


@pytest.mark.parametrize("way", ["processes", "eager"])
def test_what_is_left_is_the_same_to_the_byte_as_that_seed_alone(desk, way):
    answer = run_process(desk.folder, *desk.training, *RACE, "--swa", "--executor", way, "--json").json
    winner = answer["race"]["winner"]
    alone = desk.train_run("--max-steps", 24, "--swa", "--threads", 1, "--output", "alone", "--seed", winner)
    member = alone.with_name("race") / f"seed-{winner}"
    for part in RESULTS:
        assert (member / part).read_bytes() == (alone / part).read_bytes(), part


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_what_is_left_of_seeds_in_step_is_as_if_none_had_dropped_out(desk):
    answer = desk.train(*RACE, "--swa", "--executor", "vmap", "--json").json
    winner = answer["race"]["winner"]
    options = ["--seeds", f"{winner},", "--executor", "vmap", "--max-steps", 24, "--threads", 1, "--output", "alone"]
    desk.train(*options, "--swa")
    files = [desk.folder / f"runs/reviews/{study}/seed-{winner}/metrics.jsonl" for study in ("race", "alone")]
    found, expected = ([line["loss"] for line in lines_of(file)] for file in files)
    assert found == pytest.approx(expected, rel=1e-5)


class PowerCutError(Exception):
    pass


@pytest.mark.parametrize("after", [3, 30, 40])
def test_it_goes_on_where_it_was_interrupted(desk, monkeypatch, after):
    """In the first leg, in the second, and in the last; 24 + 12 + 12 steps are all."""
    desk.train(*EAGER)
    whole = results(desk.folder / "runs/reviews/race")
    inner, taken = EagerExecutor.step, []

    def step(self, batch):
        if len(taken) == after:
            raise PowerCutError
        taken.append(None)
        return inner(self, batch)

    monkeypatch.setattr(EagerExecutor, "step", step)
    with pytest.raises(PowerCutError):
        desk.train(*EAGER, "--output", "cut", "--checkpoint-every", 2)
    monkeypatch.setattr(EagerExecutor, "step", inner)
    desk.ask("train", "--resume", "cut")
    assert_same(results(desk.folder / "runs/reviews/cut"), whole)


def test_interrupted_while_losers_are_being_stopped(desk, monkeypatch):
    from ftcli.trainings import race

    desk.train(*EAGER)
    whole = results(desk.folder / "runs/reviews/race")
    stop = race.stop

    def stopping(run, reason):
        monkeypatch.setattr(race, "stop", interrupted)
        return stop(run, reason)

    def interrupted(run, reason):
        raise PowerCutError

    monkeypatch.setattr(race, "stop", stopping)
    with pytest.raises(PowerCutError):
        desk.train(*EAGER, "--output", "cut")
    assert [each["state"] for each in statuses(desk.folder / "runs/reviews/cut").values()].count("stopped") == 1
    monkeypatch.setattr(race, "stop", stop)
    desk.ask("train", "--resume", "cut")
    assert_same(results(desk.folder / "runs/reviews/cut"), whole)


def test_one_race_replaces_another(desk):
    desk.train(*EAGER)
    folder = desk.folder / "runs/reviews/race"
    before = results(folder)
    desk.train(*EAGER, "--overwrite", "--seed", 42)
    assert_same(results(folder), before)
    assert not list(folder.glob("*.new*"))


def test_it_says_what_it_saved_and_how_it_flatters(desk):
    answer = desk.train(*EAGER)
    assert "stopped by the race after epoch 1" in answer.err
    assert "Going on after" not in answer.err
    assert "3 of 4 seeds were stopped early, so that it took 50% of the steps" in answer.out
    assert "chosen by the dev examples that are reported, so its scores flatter" in answer.out
    assert "mean" in answer.out.partition("with all 4 still in the race")[2]
    apart = desk.train(*EAGER, "--output", "apart", "--select-fraction", 0.25)
    assert "dev does not flatter it; but it is the best of many" in apart.out


def test_a_run_that_was_stopped_is_not_resumed_alone(desk):
    desk.train(*EAGER)
    runs = statuses(desk.folder / "runs/reviews/race")
    lost = next(seed for seed, each in runs.items() if each["state"] == "stopped")
    assert "stopped by the race" in desk.ask("train", "--resume", f"race/seed-{lost}", code=1).message
    assert "finished" in desk.ask("runs", "list").out


def test_a_dry_run_says_when_seeds_stop_and_what_that_saves(desk):
    answer = desk.train(*EAGER, "--dry-run", "--json").json
    assert answer["race"] == {"pauses": [1.0, 2.0], "share_of_steps": 0.5}
    shown = desk.train(*EAGER, "--dry-run").out
    assert "half of the seeds stop after epoch 1, 2, so that it takes 50% of the steps" in shown
    assert desk.train("--dry-run", "--json").json["race"] is None


def test_of_equal_scores_the_smaller_loss_goes_on(desk):
    """Before anything is learned all answers are alike, and so are all scores."""
    desk.train(*EAGER, "--lr", "1e-7")
    runs = statuses(desk.folder / "runs/reviews/race")
    first = {seed: each["race"][0] for seed, each in runs.items()}
    ranked = sorted(first, key=lambda seed: (-first[seed]["score"], first[seed]["loss"]))
    assert {seed for seed in runs if len(runs[seed]["race"]) == 2} == set(ranked[:2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--race"], "takes several seeds"),
        (["--race", "--seeds", "3,"], "takes several seeds"),
        (["--race", "--seeds", 4, "--executor", "eager", "--max-steps", 3], "evaluated once"),
        (["--race", "--seeds", 4, "--lr", "1e-4,2e-4"], "can't stand for its recipe"),
        (["--race", "--seeds", 4, "--ablate", "--swa"], "can't stand for its recipe"),
    ],
)
def test_what_can_not_race_is_refused(desk, options, message):
    assert message in desk.train(*options, code=2).message
    assert not (desk.folder / "runs").exists() or not list((desk.folder / "runs").rglob("seed-*"))


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("way", ["processes", "vmap", "eager"])
def test_one_without_a_second_evaluation_is_refused_by_one_message(desk, way):
    answer = desk.train("--race", "--seeds", 4, "--epochs", 1, "--executor", way, code=2)
    assert answer.message.count("--race: the runs are evaluated once") == 1
    assert "Next:" not in answer.out
