"""Calibration of what a model says: of several labels each decision counts, as the definitions have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import f1_score, log_loss

from ftcli.calibration.temperature import negative_log_likelihood
from ftcli.calibration.threshold import at_temperature, in_order
from ftcli.engine.calibrating import Judged, calibrate
from ftcli.engine.prediction import Predictions
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.labelsets import members, to_numbers

LABELS = 3
NAMES = ("a", "b", "c")


def overconfident(examples=600, factor=2.5, seed=0):
    """Labels drawn from the sigmoid of logits, which are said times a factor; and which labels each example has."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-0.5, 1.5, (examples, LABELS))
    has = rng.uniform(size=logits.shape) < expit(logits)
    return (factor * logits).astype(np.float32), has


def judged(logits, has, split="select"):
    numbers = to_numbers(has)
    rows = [str(row) for row in range(len(numbers))]
    return Judged(split, Predictions(logits, "multilabel"), Examples(ids=rows, texts=rows, pairs=None, labels=numbers))


def calibrated(fitted, measured=None, tune=False):
    return calibrate(fitted, measured or fitted, Dataset("tags", "multilabel", "macro_f1", NAMES, {}), tune=tune)


def error_of(logits, has):
    """The calibration error of all decisions, each by its definition, from scikit-learn's bins."""
    shares = expit(logits.astype(np.float64)).ravel()
    confidence, right = np.maximum(shares, 1 - shares), (shares > 0.5) == has.ravel()
    accuracy, mean = calibration_curve(right, confidence, n_bins=15, strategy="uniform")
    place = np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence)
    return np.abs(accuracy - mean) @ np.bincount(place)[np.unique(place)] / len(place)


def test_one_temperature_for_all_labels_has_the_least_binary_cross_entropy():
    logits, has = overconfident()

    def loss(temperature):
        return np.mean([log_loss(has[:, label], expit(logits[:, label] / temperature)) for label in range(LABELS)])

    found = calibrated(judged(logits, has))
    best = minimize_scalar(loss, bounds=(0.5, 5), method="bounded").x
    assert found.temperature == pytest.approx(best, rel=1e-3)
    assert best == pytest.approx(2.5, rel=0.1)
    assert (found.loss_before, found.loss_after) == pytest.approx((loss(1), loss(best)), abs=1e-5)
    assert found.fitted_examples == 600


def test_errors_are_of_all_decisions_on_the_other_set():
    logits, has = overconfident(seed=1)
    found = calibrated(judged(*overconfident()), judged(logits, has, "dev"))
    assert (found.fitted_on, found.measured_on) == ("select", "dev")
    assert found.expected_calibration_error_before == pytest.approx(error_of(logits, has), abs=1e-5)
    after = error_of(logits / np.float32(found.temperature), has)
    assert found.expected_calibration_error_after == pytest.approx(after, abs=1e-5)
    assert after < 0.03 < error_of(logits, has)
    for bins in (found.reliability_before, found.reliability_after):
        assert sum(each.examples for each in bins) == has.size


def test_decisions_are_those_of_the_answers_with_the_same_loss():
    logits, has = overconfident()
    predictions = Predictions(logits, "multilabel")
    decisions, right = predictions.decisions(to_numbers(has))
    np.testing.assert_array_equal(to_numbers(decisions.answers.reshape(has.shape) == 1), predictions.answers)
    np.testing.assert_allclose(decisions.probabilities[:, 1], predictions.probabilities.ravel(), atol=1e-6)
    assert negative_log_likelihood(decisions.logits, right) == pytest.approx(predictions.loss(to_numbers(has)))


@pytest.mark.parametrize("temperature", [1, 1.7])
def test_tuned_thresholds_give_the_score_that_is_told_of_them(temperature):
    logits, has = overconfident()
    found = calibrated(judged(logits, has), tune=True)
    assert list(found.threshold) == list(NAMES)
    assert found.threshold_score > found.threshold_default_score
    thresholds = in_order(at_temperature(found.threshold, temperature), NAMES)
    plain = Predictions(logits, "multilabel")
    given = members(replace(plain.calibrated(temperature), thresholds=thresholds).answers, LABELS)
    np.testing.assert_array_equal(given, expit(logits.astype(np.float64)) >= list(found.threshold.values()))
    assert f1_score(has, given, average="macro") == pytest.approx(found.threshold_score)
    assert f1_score(has, logits > 0, average="macro") == pytest.approx(found.threshold_default_score)


def test_one_threshold_is_for_all_labels():
    logits, _ = overconfident()
    for threshold in (0.0, 0.3, 1.0):
        given = members(Predictions(logits, "multilabel", (threshold,)).answers, LABELS)
        np.testing.assert_array_equal(given, expit(logits.astype(np.float64)) >= threshold)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_is_not_calibrated(number):
    logits, has = overconfident()
    logits[0, 0] = number
    assert calibrated(judged(logits, has)) is None
