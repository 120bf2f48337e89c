"""What more training examples bring, where a recipe was trained on several sizes."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest
from helpers import make_judged_study, make_run, write_answers

from ftcli.compare.compare import compare


def train(folder, size, right, *, seeds=5, **more):
    path = folder / f"{size}-{'-'.join(more.get('recipe', {}))}"
    make_judged_study(path, right=right, seeds=seeds, train_size=size, **more)


def train_values(folder, size, error):
    """Write runs of a regression whose answers are off by about the error."""
    generator = np.random.default_rng(size)
    labels = np.linspace(0, 5, 200)
    for seed in range(1, 6):
        predictions = labels + error * generator.standard_normal(200)
        found = float(np.mean((predictions - labels) ** 2))
        path = folder / f"{size}-{seed}"
        run = make_run(
            path,
            seed=seed,
            score=found,
            train_size=size,
            evaluation={"metric": "mse", "label_names": [], "examples": 200},
        )
        write_answers(run, labels.tolist(), predictions.tolist())


def grown(folder):
    (table,) = compare([folder]).tables
    return table.growth


def means(folder):
    """The mean score of each size."""
    (table,) = compare([folder]).tables
    return {group.settings["train_size"]: fmean(group.scores) for group in table.groups}


def test_the_gain_of_a_doubling_between_the_two_largest_sizes(tmp_path):
    train(tmp_path, 100, 0.55)
    train(tmp_path, 200, 0.65)
    train(tmp_path, 800, 0.85)
    (found,) = grown(tmp_path)
    assert found.sizes == [100, 200, 800]
    assert found.gain == pytest.approx((means(tmp_path)[800] - means(tmp_path)[200]) / 2), "two doublings"
    assert 0 < found.low < found.gain < found.high
    assert found.reason is None


def test_where_the_seeds_differ_more_than_the_sizes_nothing_is_proven(tmp_path):
    train(tmp_path, 100, 0.700)
    train(tmp_path, 200, 0.701)
    (found,) = grown(tmp_path)
    assert found.low < 0 < found.high


def test_an_error_that_gets_smaller_is_a_gain(tmp_path):
    train_values(tmp_path, 100, 0.9)
    train_values(tmp_path, 200, 0.5)
    (found,) = grown(tmp_path)
    assert found.gain == pytest.approx(means(tmp_path)[100] - means(tmp_path)[200])
    assert 0 < found.low < found.gain < found.high


def test_each_recipe_has_its_own_and_one_size_has_none(tmp_path):
    for recipe in ({}, {"reinit": {}}):
        train(tmp_path, 100, 0.6, recipe=recipe)
        train(tmp_path, 200, 0.7, recipe=recipe)
    train(tmp_path, 100, 0.6, recipe={"swa": {}})
    assert sorted(found.recipe for found in grown(tmp_path)) == [[], ["reinit"]]


def test_too_few_seeds_have_a_gain_and_no_interval(tmp_path):
    train(tmp_path, 100, 0.6, seeds=2)
    train(tmp_path, 200, 0.9, seeds=2)
    (found,) = grown(tmp_path)
    assert found.gain > 0
    assert found.low is None
    assert "too few seeds" in found.reason


def test_runs_without_a_score_have_none(tmp_path):
    train(tmp_path, 100, 0.6)
    make_run(tmp_path / "other", score=None, train_size=200)
    assert grown(tmp_path) == []
