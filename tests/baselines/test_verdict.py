from __future__ import annotations

import pytest

from ftcli.baselines.verdict import no_better
from ftcli.runs.evaluation import Evaluation


@pytest.mark.parametrize(
    ("metric", "score", "majority", "linear", "told"),
    [
        ("accuracy", 0.9, 0.5, 0.8, None),
        ("accuracy", 0.8, 0.5, 0.8, "no better than a linear model"),
        ("accuracy", 0.5, 0.5, 0.8, "no better than always giving the most frequent answer"),
        ("accuracy", 0.9, 0.5, None, None),
        ("mse", 0.2, 0.5, 0.3, None),
        ("mse", 0.4, 0.5, 0.3, "no better than a linear model"),
        ("pearson", None, None, None, "no better than always giving the same number"),
        ("pearson", 0.1, None, 0.0, None),
    ],
)
def test_what_costs_little_is_to_be_beaten(metric, score, majority, linear, told):
    evaluation = Evaluation(
        task="reviews",
        split="dev",
        examples=9,
        metric=metric,
        metrics={metric: score},
        majority={metric: majority},
        linear=None if linear is None else {metric: linear},
        label_names=["a", "b"] if metric == "accuracy" else [],
    )
    found = no_better(evaluation)
    assert found is None if told is None else told in (found or "")
