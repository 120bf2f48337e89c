"""The learning curve of the cheap baseline: honest where more labels help, and where nothing does."""

from __future__ import annotations

import random

import pytest
from faulty import dataset

from ftcli.baselines.curve import learning_curve
from ftcli.errors import DataError


def told_by_rare_words(rows, *, seed, words=120):
    """Rows whose label is that of one of many words: each has to be seen to be known."""
    rng = random.Random(seed)
    made = []
    for _ in range(rows):
        word = rng.randrange(words)
        made.append((f"the {rng.choice('abcdef')} word{word} {rng.choice('uvwxyz')}", ("bad", "good")[word % 2]))
    return made


def noise(rows, *, seed):
    rng = random.Random(seed)
    return [(f"{rng.choice('abcdef')} text {rng.randrange(99)}", rng.choice(["bad", "good"])) for _ in range(rows)]


@pytest.fixture(scope="module")
def curve():
    return learning_curve(dataset(told_by_rare_words(240, seed=0), told_by_rare_words(200, seed=1)))


def test_where_more_labels_help_it_says_so(curve):
    assert [point.size for point in curve.points] == [60, 120, 240]
    means = [point.mean for point in curve.points]
    assert means == sorted(means)
    assert curve.doubling.is_proven
    assert curve.doubling.gain == pytest.approx(means[-1] - means[-2])
    assert curve.doubling.low < curve.doubling.gain < curve.doubling.high
    assert curve.doubling.gain > curve.tuning.gain


def test_sizes_are_drawn_with_several_seeds_and_all_of_train_once(curve):
    assert all(len(point.scores) == 5 for point in curve.points)
    assert len(set(curve.points[0].scores)) > 1
    assert len(set(curve.points[-1].scores)) == 1


def test_it_is_the_same_each_time(curve):
    again = learning_curve(dataset(told_by_rare_words(240, seed=0), told_by_rare_words(200, seed=1)))
    assert again == curve


def test_where_there_is_nothing_to_learn_nothing_is_proven():
    found = learning_curve(dataset(noise(200, seed=0), noise(200, seed=1)))
    assert not found.doubling.is_proven
    assert not found.tuning.is_proven


def test_an_error_that_gets_smaller_is_a_gain():
    def as_numbers(rows):
        return [(text, float(label == "good")) for text, label in rows]

    data = dataset(as_numbers(told_by_rare_words(240, seed=0)), as_numbers(told_by_rare_words(200, seed=1)))
    found = learning_curve(data.__class__(**{**data.__dict__, "metric": "mse"}))
    assert found.points[-1].mean < found.points[0].mean
    assert found.doubling.gain > 0


def test_too_few_examples_are_refused():
    with pytest.raises(DataError, match="takes 100 training examples at least"):
        learning_curve(dataset(noise(60, seed=0), noise(20, seed=1)))
