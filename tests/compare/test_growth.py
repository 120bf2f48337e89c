"""What more training examples bring, where a recipe was trained on several sizes."""

from __future__ import annotations

import pytest
from helpers import make_run

from ftcli.compare.compare import compare

SEEDS = range(1, 6)


def train(folder, size, mean, *, spread=0.01, seeds=SEEDS, metric="matthews_correlation", **more):
    for seed in seeds:
        path = folder / f"{size}-{'-'.join(more.get('recipe', {}))}-{seed}"
        score = mean + spread * (seed - 3)
        make_run(path, seed=seed, score=score, train_size=size, evaluation={"metric": metric}, **more)


def grown(folder):
    (table,) = compare([folder]).tables
    return table.growth


def test_the_gain_of_a_doubling_between_the_two_largest_sizes(tmp_path):
    train(tmp_path, 100, 0.1)
    train(tmp_path, 200, 0.4)
    train(tmp_path, 800, 0.6)
    (found,) = grown(tmp_path)
    assert found.sizes == [100, 200, 800]
    assert found.gain == pytest.approx(0.1), "0.2 for two doublings"
    assert 0 < found.low < 0.1 < found.high
    assert found.reason is None


def test_where_the_seeds_differ_more_than_the_sizes_nothing_is_proven(tmp_path):
    train(tmp_path, 100, 0.40, spread=0.1)
    train(tmp_path, 200, 0.41, spread=0.1)
    (found,) = grown(tmp_path)
    assert found.low < 0 < found.high


def test_an_error_that_gets_smaller_is_a_gain(tmp_path):
    train(tmp_path, 100, 0.9, metric="mse")
    train(tmp_path, 200, 0.5, metric="mse")
    (found,) = grown(tmp_path)
    assert found.gain == pytest.approx(0.4)
    assert 0 < found.low < 0.4 < found.high


def test_each_recipe_has_its_own_and_one_size_has_none(tmp_path):
    for recipe in ({}, {"reinit": {}}):
        train(tmp_path, 100, 0.1, recipe=recipe)
        train(tmp_path, 200, 0.2, recipe=recipe)
    train(tmp_path, 100, 0.1, recipe={"swa": {}})
    assert sorted(found.recipe for found in grown(tmp_path)) == [[], ["reinit"]]


def test_too_few_seeds_have_a_gain_and_no_interval(tmp_path):
    train(tmp_path, 100, 0.1, seeds=[1, 2])
    train(tmp_path, 200, 0.3, seeds=[1, 2])
    (found,) = grown(tmp_path)
    assert found.gain == pytest.approx(0.2)
    assert found.low is None
    assert "too few seeds" in found.reason


def test_runs_without_a_score_have_none(tmp_path):
    train(tmp_path, 100, 0.1)
    make_run(tmp_path / "other", score=None, train_size=200)
    assert grown(tmp_path) == []
