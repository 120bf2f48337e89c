"""Preset ``best`` against the evidence it rests on: the committed table of runs."""

from __future__ import annotations

from benchmarks.techniques import RECIPES, TABLE, lines, read_table
from ftcli.settings.resolve import resolve_train

MEASURED = "three together"


def test_the_preset_is_the_recipe_that_was_measured():
    assert resolve_train({}, preset_name="best").resolved() == resolve_train(RECIPES[MEASURED]).resolved()


def test_it_is_proven_better_than_the_baseline_wherever_it_was_measured():
    found = {line.task: line.found for line in lines(read_table(TABLE)) if line.recipe == MEASURED}
    assert len(found) > 1
    assert all(low > 0 for _, low, _ in found.values())


def test_no_single_technique_is_ahead_of_it():
    means = {}
    for line in lines(read_table(TABLE)):
        means.setdefault(line.task, {})[line.recipe] = line.mean
    measured = {task: scores for task, scores in means.items() if MEASURED in scores}
    for scores in measured.values():
        alone = [score for recipe, score in scores.items() if "10 epochs" not in recipe]
        assert max(alone) == scores[MEASURED]
