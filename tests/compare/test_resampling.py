from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from ftcli.compare.resampling import ExampleDraws
from ftcli.tasks.metrics import METRICS


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        ("accuracy", sklearn.accuracy_score),
        ("matthews_correlation", sklearn.matthews_corrcoef),
        ("f1", lambda labels, predictions: sklearn.f1_score(labels, predictions, average="macro")),
    ],
)
def test_scores_on_samples_are_those_of_the_samples(name, judge):
    generator = np.random.default_rng(0)
    labels, predictions = generator.integers(3, size=(2, 60))
    found = ExampleDraws(labels, 3, draws=20, seed=7).scores(METRICS[name], predictions)
    rows = np.random.default_rng(7).integers(60, size=(20, 60), dtype=np.int32)
    assert found == pytest.approx([judge(labels[each], predictions[each]) for each in rows])


def test_values_are_resampled_too():
    generator = np.random.default_rng(0)
    labels, predictions = generator.normal(size=(2, 50))
    found = ExampleDraws(labels, 2, draws=10, seed=3).scores(METRICS["pearson"], predictions)
    rows = np.random.default_rng(3).integers(50, size=(10, 50), dtype=np.int32)
    assert found == pytest.approx([np.corrcoef(labels[each], predictions[each])[0, 1] for each in rows])


def test_all_runs_are_judged_on_the_same_samples():
    labels = np.random.default_rng(0).integers(2, size=40)
    draws = ExampleDraws(labels, 2, draws=30)
    assert (draws.scores(METRICS["accuracy"], labels) == 1).all()
    right = draws.scores(METRICS["accuracy"], np.zeros_like(labels))
    wrong = draws.scores(METRICS["accuracy"], np.ones_like(labels))
    assert right + wrong == pytest.approx(np.ones(30))
