"""What compare says of races: their scores are those of runs that were picked by their scores."""

from __future__ import annotations

from helpers import make_run

from ftcli.compare.compare import compare
from ftcli.compare.report import Verdict
from ftcli.runs.status import State


def lap(step, score):
    return {"step": step, "steps": 60, "epoch": step / 20, "score": score}


def make_race(path, *, seeds=10, **run):
    """Write a race of which half have finished; the scores of the first rung are 0.01 for seed 1 and so on."""
    for seed in range(1, seeds + 1):
        first = [lap(20, seed / 100)]
        if seed <= seeds // 2:
            make_run(path / f"seed-{seed}", seed=seed, score=None, state=State.STOPPED, race=first, **run)
        else:
            make_run(path / f"seed-{seed}", seed=seed, score=seed / 20, race=first, **run)


def make_study(path, **run):
    for seed in range(1, 8):
        make_run(path / f"seed-{seed}", seed=seed, score=0.1 + seed / 100, **run)


def test_a_race_is_a_group_of_its_own_and_proves_nothing(tmp_path):
    make_study(tmp_path / "base")
    make_race(tmp_path / "base-race")
    make_race(tmp_path / "rdrop-race", recipe={"rdrop": {"alpha": 1.0}})
    (table,) = compare([tmp_path]).tables
    assert [group.label for group in table.groups] == ["baseline", "baseline, race", "rdrop, race"]
    assert table.baseline == "baseline"
    for group in table.groups[1:]:
        assert (len(group.runs), len(group.scores), group.counts.stopped, group.failures) == (10, 5, 5, 0)
        assert group.against.verdict is Verdict.NOT_PROVEN
        assert "picks its runs by their scores" in group.against.reason
    (named,) = compare([tmp_path], baseline="baseline, race").tables
    assert {group.against.verdict for group in named.groups if group.against} == {Verdict.NOT_PROVEN}


def test_it_says_how_the_selection_biases_the_scores(tmp_path):
    make_race(tmp_path / "race", select_fraction=0.2)
    (table,) = compare([tmp_path]).tables
    (note,) = [note for note in table.notes if "stopped early" in note]
    # Half of the seeds took a third of the steps.
    assert "5 of 10 seeds were stopped early, so that it took 67% of the steps" in note
    assert "chosen by the dev examples that are reported" in note  # where nothing says that it was not
    assert "with all 10 still in the race: 0.0100 to 0.1000, mean 0.0550" in note


def test_without_a_race_nothing_is_said_of_one(tmp_path):
    make_study(tmp_path / "base")
    (table,) = compare([tmp_path]).tables
    assert not any("race" in note for note in table.notes)
