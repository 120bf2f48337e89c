from __future__ import annotations

import pytest

from ftcli.compare.statistics import mean, summarise


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
    assert set(summarise([]).model_dump().values()) == {None}


def test_mean_is_of_what_is_there():
    assert mean([1.0, None, 2.0]) == 1.5
    assert mean([None]) is None


def test_the_best_error_is_the_smallest():
    summary = summarise([0.2, 0.5], higher_is_better=False)
    assert (summary.best, summary.worst) == (0.2, 0.5)
