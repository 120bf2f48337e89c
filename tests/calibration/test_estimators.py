"""Temperature, calibration error and threshold, held against other people's code and against what they promise."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, f1_score, log_loss, matthews_corrcoef

from ftcli.calibration.reliability import expected_calibration_error, reliability
from ftcli.calibration.temperature import HIGHEST, LOWEST, fit_temperature, negative_log_likelihood
from ftcli.calibration.threshold import (
    DEFAULT,
    at_temperature,
    by_label,
    check_threshold,
    in_order,
    tune_thresholds,
)
from ftcli.errors import RunError, UsageError
from ftcli.tasks.labelsets import to_numbers


@st.composite
def answered(draw, classes=None):
    """Logits and labels."""
    classes = classes or draw(st.integers(2, 4))
    rows = draw(st.integers(1, 30))
    number = st.floats(-20, 20, width=32)
    logits = draw(arrays.arrays(np.float32, (rows, classes), elements=number))
    labels = draw(arrays.arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    return logits, labels


def overconfident(examples=2000, classes=3, factor=3.0):
    """Labels drawn from probabilities, and logits that are the right ones times a factor."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(examples, classes)) * 1.5
    labels = np.array([rng.choice(classes, p=shares) for shares in softmax(logits, axis=-1)])
    return (logits * factor).astype(np.float32), labels


def test_the_temperature_is_the_one_that_another_optimiser_finds():
    logits, labels = overconfident()

    def loss(temperature):
        return -log_softmax(logits.astype(np.float64) / temperature, axis=-1)[np.arange(len(labels)), labels].mean()

    found = minimize(loss, x0=[1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}).x[0]
    assert fit_temperature(logits, labels) == pytest.approx(found, rel=1e-4)
    assert found == pytest.approx(3, rel=0.1)


@settings(deadline=None)
@given(answered())
def test_the_loss_is_that_of_scikit_learn(both):
    logits, labels = both
    shares = softmax(logits.astype(np.float64) / 1.7, axis=-1)
    # Where a probability is too small for a float, scikit-learn puts one that is not.
    expected = log_loss(labels, shares, labels=range(logits.shape[1]))
    assert negative_log_likelihood(logits, labels, 1.7) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(answered())
def test_a_temperature_makes_labels_no_less_likely_and_changes_no_answer(both):
    logits, labels = both
    temperature = fit_temperature(logits, labels)
    assert LOWEST <= temperature <= HIGHEST
    assert negative_log_likelihood(logits, labels, temperature) <= negative_log_likelihood(logits, labels)
    scaled = logits / np.float32(temperature)
    chosen = np.arange(len(labels)), logits.argmax(-1)
    assert (scaled[chosen] == scaled.max(-1)).all()


def test_where_there_is_nothing_to_tell_the_temperature_is_one():
    assert fit_temperature(np.zeros((4, 2), np.float32), np.array([0, 1, 1, 0])) == 1


def test_a_set_without_errors_takes_the_temperature_to_its_bound():
    assert fit_temperature(np.array([[2, 0], [0, 2]], np.float32), np.array([0, 1])) == pytest.approx(LOWEST, rel=1e-4)


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_bins_are_those_of_scikit_learn(bins):
    rng = np.random.default_rng(1)
    confidence = np.concatenate([rng.uniform(size=500), np.linspace(0, 1, bins + 1)])
    right = rng.uniform(size=len(confidence)) < confidence**2
    found = reliability(confidence, right, bins)
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins, strategy="uniform")
    np.testing.assert_allclose([each.accuracy for each in found], accuracy)
    np.testing.assert_allclose([each.confidence for each in found], mean)
    assert sum(each.examples for each in found) == len(confidence)


def test_the_error_by_hand():
    confidence, right = np.array([0.95, 0.99, 0.55, 0.55]), np.array([True, False, True, True])
    error = expected_calibration_error(reliability(confidence, right, 10))
    assert error == pytest.approx(0.5 * abs(0.97 - 0.5) + 0.5 * abs(0.55 - 1))


@given(answered())
def test_the_error_lies_between_that_of_a_single_bin_and_the_largest_there_can_be(both):
    logits, labels = both
    shares = softmax(logits.astype(np.float64), axis=-1)
    confidence, right = shares.max(-1), shares.argmax(-1) == labels
    error = expected_calibration_error(reliability(confidence, right))
    coarsest = expected_calibration_error(reliability(confidence, right, 1))
    assert coarsest - 1e-12 <= error <= max(confidence.max(), 1 - confidence.min()) + 1e-12 <= 1 + 1e-12


def test_calibration_lowers_the_error_of_what_is_overconfident():
    logits, labels = overconfident()
    temperature = fit_temperature(logits, labels)

    def error(scaled):
        shares = softmax(scaled, axis=-1)
        return expected_calibration_error(reliability(shares.max(-1), shares.argmax(-1) == labels))

    assert error(logits / temperature) < 0.05 < error(logits)


@pytest.mark.parametrize(
    ("metric", "reference"),
    [("accuracy", accuracy_score), ("f1", f1_score), ("matthews_correlation", matthews_corrcoef)],
)
@pytest.mark.filterwarnings("ignore")  # scikit-learn's, of samples with a single label
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_threshold_scores_better(metric, reference, data):
    rows = data.draw(st.integers(1, 12))
    shares = data.draw(arrays.arrays(np.float64, rows, elements=st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0])))
    labels = data.draw(arrays.arrays(np.int64, rows, elements=st.integers(0, 1)))
    found = tune_thresholds(shares[:, None], labels, metric)
    (tuned,) = found.thresholds

    def score(threshold):
        return reference(labels, shares >= threshold, **({"zero_division": 0} if metric == "f1" else {}))

    assert 0 <= tuned <= 1
    assert found.score == pytest.approx(score(tuned), abs=1e-12)
    assert found.default_score == pytest.approx(score(DEFAULT), abs=1e-12)
    assert found.score >= max(score(threshold) for threshold in (0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.999)) - 1e-12
    assert found.score > found.default_score or tuned == DEFAULT


GRID = (0, 0.05, 0.2, 0.4, DEFAULT, 0.6, 0.8, 0.999)
"""A threshold on each side of each of `SHARES`: no other divides them otherwise."""
SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)


def micro_f1(has, given):
    return f1_score(has, given, average="micro", zero_division=0)


def macro_f1(has, given):
    """The mean of scikit-learn's over the labels that there are, or that are given."""
    of_labels = [f1_score(*each, zero_division=0) for each in zip(has.T, given.T, strict=True) if np.any(each)]
    return np.mean(of_labels) if of_labels else 0


def several(data):
    """Probabilities of labels, and which of them there are, [examples, labels]."""
    shape = data.draw(st.tuples(st.integers(1, 8), st.integers(2, 3)))
    shares = data.draw(arrays.arrays(np.float64, shape, elements=st.sampled_from(SHARES)))
    return shares, data.draw(arrays.arrays(np.bool_, shape))


@pytest.mark.parametrize(
    ("metric", "reference"),
    [("micro_f1", micro_f1), ("macro_f1", macro_f1), ("subset_accuracy", accuracy_score)],
)
@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_of_several_thresholds_none_could_be_bettered_alone(metric, reference, data):
    shares, has = several(data)
    found = tune_thresholds(shares, to_numbers(has), metric)

    def score(thresholds):
        return reference(has, shares >= thresholds)

    thresholds = np.array(found.thresholds)
    assert found.score == pytest.approx(score(thresholds), abs=1e-12)
    assert found.default_score == pytest.approx(score(np.full(len(thresholds), DEFAULT)), abs=1e-12)
    for label, own in enumerate(thresholds):
        others = [score(np.where(np.arange(len(thresholds)) == label, other, thresholds)) for other in GRID]
        assert max(others) <= found.score + 1e-12
        assert own == DEFAULT or others[GRID.index(DEFAULT)] < found.score - 1e-12
    assert found == tune_thresholds(shares, to_numbers(has), metric)


def test_the_thresholds_are_those_of_all_combinations_where_labels_do_not_touch_each_other():
    """The mean of the labels' scores is best where each is: so no combination beats what each comes to alone."""
    rng = np.random.default_rng(3)
    shares = rng.choice(SHARES, size=(40, 2))
    has = rng.uniform(size=shares.shape) < shares**2
    best = max(macro_f1(has, shares >= np.array(tried)) for tried in product(GRID, repeat=2))
    found = tune_thresholds(shares, to_numbers(has), "macro_f1")
    assert found.score == pytest.approx(best)
    assert found.score > found.default_score


def test_thresholds_are_known_by_their_labels():
    assert by_label((0.3,), ["bad", "good"]) == 0.3
    kept = by_label((0.3, 0.6), ["a", "b"])
    assert kept == {"a": 0.3, "b": 0.6}
    assert in_order(kept, ["b", "a"]) == (0.6, 0.3)
    assert in_order(0.3, ["a", "b"]) == (0.3,)
    assert in_order(None, ["a", "b"]) is None
    with pytest.raises(RunError, match=r"for other labels \(a, b\) than the model's \(a, c\)"):
        in_order(kept, ["a", "c"])
    assert at_temperature(kept, 2.0) == {"a": at_temperature(0.3, 2.0), "b": at_temperature(0.6, 2.0)}


@pytest.mark.parametrize(
    ("kind", "labels", "message"),
    [
        ("classification", 2, None),
        ("multilabel", 5, None),
        ("classification", 3, "one of 3 labels an example the likeliest is given, and a threshold has no standard"),
        ("regression", 0, "a regression gives a number"),
    ],
)
def test_where_a_threshold_has_a_meaning(kind, labels, message):
    if message is None:
        check_threshold("--threshold", kind, labels)
    else:
        with pytest.raises(UsageError, match=message):
            check_threshold("--threshold", kind, labels)


@pytest.mark.parametrize("threshold", [0.0, 5e-324, 1e-300, 1 - 1e-16, 1.0])
@pytest.mark.parametrize("temperature", [LOWEST, HIGHEST])
def test_no_threshold_is_too_near_an_end(threshold, temperature):
    assert 0 <= at_temperature(threshold, temperature) <= 1


@given(answered(classes=2), st.floats(LOWEST, HIGHEST), st.floats(0.01, 0.99))
def test_a_threshold_divides_the_same_way_after_calibration(both, temperature, threshold):
    logits = both[0].astype(np.float64)
    moved = at_temperature(threshold, temperature)
    before, after = softmax(logits, axis=-1)[:, 1], softmax(logits / temperature, axis=-1)[:, 1]
    apart = np.abs(before - threshold) > 1e-9
    assert ((before >= threshold) == (after >= moved))[apart].all()
