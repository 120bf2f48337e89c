from __future__ import annotations

import math
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from ftcli.errors import DivergedError, UsageError
from ftcli.tasks.catalogue import known_tasks
from ftcli.tasks.metrics import METRICS, confidence_interval, find_metric, majority_baseline, score

# The machine may be busy: only what comes out is judged, not how long it takes.
PROPERTY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PAIRS = st.integers(2, 5).flatmap(
    lambda classes: st.lists(
        st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1, max_size=40
    )
)


def by_sklearn(labels: np.ndarray[Any, Any], predictions: np.ndarray[Any, Any]) -> dict[str, float]:
    binary = max(labels.max(), predictions.max()) < 2
    average: dict[str, Any] = {"average": "binary" if binary else "macro", "zero_division": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "accuracy": sk.accuracy_score(labels, predictions),
            "balanced_accuracy": sk.balanced_accuracy_score(labels, predictions),
            "f1": sk.f1_score(labels, predictions, **average),
            "precision": sk.precision_score(labels, predictions, **average),
            "recall": sk.recall_score(labels, predictions, **average),
            "matthews_correlation": sk.matthews_corrcoef(labels, predictions),
        }


@given(PAIRS)
@PROPERTY
def test_classification_agrees_with_sklearn(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs).T
    assert score("classification", labels, predictions) == pytest.approx(by_sklearn(labels, predictions))


FLOATS = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=2, max_size=40))
@PROPERTY
def test_regression_agrees_with_scipy(pairs: list[tuple[float, float]]) -> None:
    labels, predictions = np.array(pairs, np.float32).T
    scores = score("regression", labels, predictions)
    exact = np.array(pairs, np.float64).T
    assert all(math.isfinite(value) for value in scores.values())
    assert scores["mse"] == pytest.approx(sk.mean_squared_error(*exact))
    assert scores["mae"] == pytest.approx(sk.mean_absolute_error(*exact))
    if min(np.ptp(exact[0]), np.ptp(exact[1])) == 0:
        assert scores["pearson"] == scores["spearman"] == 0
        return
    assert scores["spearman"] == pytest.approx(stats.spearmanr(*exact).statistic)
    if min(np.ptp(side) / np.abs(side).max() for side in exact) > 1e-6:  # scipy warns below, and is no oracle
        assert scores["pearson"] == pytest.approx(stats.pearsonr(*exact).statistic, abs=1e-6)


def test_by_hand() -> None:
    labels, predictions = np.array([1, 1, 1, 1, 0, 0]), np.array([1, 1, 1, 0, 0, 1])
    assert score("classification", labels, predictions) == pytest.approx(
        {  # 3 true positives, 1 false positive, 1 false negative, 1 true negative
            "accuracy": 4 / 6,
            "balanced_accuracy": (3 / 4 + 1 / 2) / 2,
            "f1": 3 / 4,
            "precision": 3 / 4,
            "recall": 3 / 4,
            "matthews_correlation": (3 * 1 - 1 * 1) / math.sqrt(4 * 4 * 2 * 2),
        }
    )
    targets, values = np.array([1, 2, 3, 4], np.float32), np.array([1, 3, 2, 6], np.float32)
    assert score("regression", targets, values) == pytest.approx(
        {"pearson": 7 / math.sqrt(5 * 14), "spearman": 0.8, "mse": 6 / 4, "mae": 4 / 4}
    )


def test_number_of_classes_decides_what_f1_means() -> None:
    labels, predictions = np.array([0, 0, 1]), np.array([0, 1, 1])
    assert score("classification", labels, predictions)["recall"] == 1
    assert score("classification", labels, predictions, classes=3)["recall"] == 0.75


@pytest.mark.parametrize(
    ("labels", "predictions"), [([0, 0], [0, 0]), ([1, 1], [0, 0]), ([0], [1]), ([0, 1, 2], [1, 1, 1])]
)
def test_undefined_scores_are_zero(labels: list[int], predictions: list[int]) -> None:
    scores = score("classification", np.array(labels), np.array(predictions))
    assert scores["matthews_correlation"] == 0
    assert all(math.isfinite(value) for value in scores.values())


def test_constant_values_correlate_with_nothing() -> None:
    constant = np.full(7, 0.1)  # whose mean is not 0.1 to the last bit
    for sides in [(constant, np.arange(7.0)), (np.arange(7.0), constant), (constant, constant)]:
        scores = score("regression", *sides)
        assert scores["pearson"] == scores["spearman"] == 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_predictions_that_are_no_numbers(value: float) -> None:
    with pytest.raises(DivergedError):
        score("regression", np.array([1.0, 2.0]), np.array([1.0, value]))


@pytest.mark.parametrize(("labels", "predictions"), [([], []), ([0, 1], [0])])
def test_arrays_that_do_not_fit(labels: list[int], predictions: list[int]) -> None:
    with pytest.raises(ValueError, match="go together"):
        score("classification", np.array(labels, int), np.array(predictions, int))


def test_majority() -> None:
    train, labels = np.array([0, 2, 2, 1]), np.array([2, 2, 0, 1])
    baseline = majority_baseline(train, labels, "classification")
    assert baseline == score("classification", labels, np.array([2, 2, 2, 2]))
    assert baseline["accuracy"] == 0.5


def test_majority_knows_the_classes_of_train() -> None:
    baseline = majority_baseline(np.array([0, 0, 1, 2]), np.array([0, 1]), "classification")
    assert baseline["recall"] == 0.5  # a mean over classes: two of three occur
    assert majority_baseline(np.array([1, 0]), np.array([0]), "classification")["accuracy"] == 1  # a tie: first


def test_mean() -> None:
    baseline = majority_baseline(np.array([1, 2, 6], np.float32), np.array([2, 5], np.float32), "regression")
    assert baseline == {"pearson": 0, "spearman": 0, "mse": 2.5, "mae": 1.5}


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("classes", [2, 4])
def test_interval_is_that_of_resampled_scores(name: str, classes: int) -> None:
    generator = np.random.default_rng(1)
    labels: np.ndarray[Any, Any]
    if METRICS[name].kind == "regression":
        labels = generator.normal(size=60).astype(np.float32)
        predictions = (labels + generator.normal(size=60)).astype(np.float32)
    else:
        labels = generator.integers(classes, size=60)
        predictions = np.where(generator.random(60) < 0.6, labels, generator.integers(classes, size=60))
    low, high = confidence_interval(name, labels, predictions, level=0.8, resamples=200, seed=5)
    rows = np.random.default_rng(5).integers(60, size=(200, 60))
    one_by_one = [score(METRICS[name].kind, labels[row], predictions[row])[name] for row in rows]
    assert (low, high) == pytest.approx(tuple(np.quantile(one_by_one, [0.1, 0.9])))
    assert low < score(METRICS[name].kind, labels, predictions)[name] < high


def test_interval_covers_as_the_binomial_does() -> None:
    predictions = np.zeros(1000, int)
    labels = (np.arange(1000) < 200).astype(int)
    low, high = confidence_interval("accuracy", labels, predictions)
    assert (low, high) == pytest.approx(stats.binom.ppf([0.025, 0.975], 1000, 0.8) / 1000, abs=0.004)


def test_interval_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, predictions = np.random.default_rng(0).normal(size=(2, 5))
    whole = confidence_interval("mse", labels, predictions, seed=2)
    monkeypatch.setattr("ftcli.tasks.metrics._CHUNK", 35)
    assert confidence_interval("mse", labels, predictions, seed=2) == whole
    assert confidence_interval("mse", labels, predictions, seed=3) != whole


def test_interval_of_one_example() -> None:
    assert confidence_interval("matthews_correlation", np.array([1]), np.array([1])) == (0, 0)
    assert confidence_interval("pearson", np.array([1.0]), np.array([3.0])) == (0, 0)


@pytest.mark.parametrize("name", ["matthews_correlation", "spearman"])
def test_interval_is_quick(name: str) -> None:
    generator = np.random.default_rng(0)
    labels, predictions = generator.integers(2, size=(2, 1000))
    confidence_interval(name, labels, predictions, resamples=1)  # imports
    start = time.process_time()
    confidence_interval(name, labels, predictions)
    assert time.process_time() - start < 1.5  # 0.05 to 0.25 s here; a thousand calls of sklearn take 2 s and more


def test_find_metric() -> None:
    assert find_metric(" Matthews-Correlation", "classification") is METRICS["matthews_correlation"]
    with pytest.raises(UsageError, match="unknown metric 'acuracy'; did you mean 'accuracy'"):
        find_metric("acuracy", "classification")
    with pytest.raises(UsageError, match="'pearson' is not for a classification") as caught:
        find_metric("pearson", "classification")
    assert "matthews_correlation" in str(caught.value.hint)


def test_direction() -> None:
    assert {name for name, metric in METRICS.items() if not metric.higher_is_better} == {"mse", "mae"}


def test_known_tasks_use_known_metrics() -> None:
    for task in known_tasks().values():
        assert find_metric(task.metric, task.kind).name == task.metric


def test_import_is_light() -> None:
    code = (
        "import sys, ftcli.tasks.load, ftcli.tasks.metrics; "
        "print(*{'torch', 'sklearn', 'scipy', 'transformers'} & {*sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
