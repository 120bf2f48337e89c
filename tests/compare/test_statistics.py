from __future__ import annotations

import itertools

import numpy as np
import pytest

from ftcli.compare.statistics import almost_stochastic_order, mean, summarise, violation_ratio


def test_scores_are_described():
    summary = summarise([0.2, 0.5, 0.8, 0.7])
    assert summary.mean == pytest.approx(0.55)
    assert summary.standard_deviation == pytest.approx(0.264575, abs=1e-6)  # n - 1, as statisticians have it
    assert (summary.best, summary.worst, summary.median) == (0.8, 0.2, pytest.approx(0.6))


def test_one_score_has_no_deviation():
    summary = summarise([0.5])
    assert summary.standard_deviation is None
    assert (summary.mean, summary.best, summary.worst, summary.median) == (0.5, 0.5, 0.5, 0.5)


def test_no_score_gives_nothing():
    assert summarise([]).model_dump() == {
        **dict.fromkeys(("mean", "standard_deviation", "best", "worst", "median")),
        "expected_best": [],
    }


def test_mean_is_of_what_is_there():
    assert mean([1.0, None, 2.0]) == 1.5
    assert mean([None]) is None


def test_the_best_error_is_the_smallest():
    summary = summarise([0.2, 0.5], higher_is_better=False)
    assert (summary.best, summary.worst) == (0.2, 0.5)


def test_the_expected_best_is_that_of_all_draws():
    """Dodge et al.'s formula against every way of drawing three of four with replacement."""
    scores = [0.3, 0.1, 0.8, 0.5]
    every = [max(each) for each in itertools.product(scores, repeat=3)]
    assert summarise(scores).expected_best[2] == pytest.approx(np.mean(every))
    assert summarise(scores).expected_best[0] == pytest.approx(np.mean(scores))
    least = [min(each) for each in itertools.product(scores, repeat=3)]
    assert summarise(scores, higher_is_better=False).expected_best[2] == pytest.approx(np.mean(least))


def test_the_violation_ratio_is_the_integral_of_its_definition():
    generator = np.random.default_rng(0)
    ours, theirs = generator.normal(0.2, 1, size=7), generator.normal(0, 2, size=12)
    grid = (np.arange(84_000) + 0.5) / 84_000
    gaps = np.quantile(ours, grid, method="inverted_cdf") - np.quantile(theirs, grid, method="inverted_cdf")
    expected = (gaps[gaps < 0] ** 2).sum() / (gaps**2).sum()
    assert violation_ratio(ours, theirs) == pytest.approx(expected)
    assert violation_ratio(theirs, ours) == pytest.approx(1 - expected)


def test_the_order_of_what_is_wholly_above_below_or_the_same():
    low, high = np.arange(5.0), np.arange(5.0) + 10
    assert almost_stochastic_order(high, low) == 0.0
    assert almost_stochastic_order(low, high) == 1.0
    assert violation_ratio(low, low) == 0.5


def test_the_expected_best_of_uniform_scores_is_what_textbooks_say():
    """The largest of k draws from [0, 1] is k / (k + 1) on average."""
    found = summarise(list((np.arange(4000) + 0.5) / 4000)).expected_best
    assert found[:6] == pytest.approx([k / (k + 1) for k in range(1, 7)], abs=1e-3)


def test_almost_stochastic_order_seldom_calls_alike_what_is_alike():
    """A bound at 95 %, though too sure of itself with few seeds: that is why it gives no verdict."""
    generator = np.random.default_rng(3)
    below = [almost_stochastic_order(*generator.normal(size=(2, 20)), draws=100) < 0.5 for _ in range(100)]
    assert 0 < np.mean(below) < 0.3
