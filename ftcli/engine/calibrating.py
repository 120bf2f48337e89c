"""Fitting a temperature, and a threshold, to what a model says of examples with labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.calibration.reliability import Bin, expected_calibration_error, reliability
from ftcli.calibration.temperature import fit_temperature, negative_log_likelihood
from ftcli.calibration.threshold import by_label, tune_thresholds
from ftcli.engine.prediction import Predictions
from ftcli.runs.calibration import Calibration, Errors
from ftcli.tasks.dataset import Dataset, Examples

_DIGITS = 6


@dataclass(frozen=True)
class Judged:
    """What a model said of a split with labels."""

    split: str
    predictions: Predictions
    examples: Examples

    @property
    def labels(self) -> NDArray[np.int64] | NDArray[np.float32]:
        """Class numbers, numbers of label sets, or values, [N]."""
        assert self.examples.labels is not None
        return self.examples.labels

    @property
    def decisions(self) -> tuple[Predictions, NDArray[np.int64]]:
        """What is calibrated: choices among classes, with the class that is right, [decisions]."""
        return self.predictions.decisions(self.labels.astype(np.int64))

    @property
    def can_be_calibrated(self) -> bool:
        """Whether there are probabilities, and all are numbers."""
        return self.predictions.kind != "regression" and bool(np.isfinite(self.predictions.logits).all())


def calibrate(fitted: Judged, measured: Judged, dataset: Dataset, *, tune: bool) -> Calibration | None:
    """Fit a temperature on one split and measure on another, or the same; None where there are no probabilities.

    Args:
        fitted: what the temperature, and the thresholds, are fitted on: examples that were not trained on.
        measured: what the errors are of.
        dataset: whose examples these are.
        tune: whether thresholds are tuned, too, for the data set's metric.
    """
    if not (fitted.can_be_calibrated and measured.can_be_calibrated):
        return None
    predictions, right = fitted.decisions
    temperature = round(fit_temperature(predictions.logits, right), _DIGITS)
    return Calibration(
        temperature=temperature,
        fitted_on=fitted.split,
        fitted_examples=len(fitted.examples),
        loss_before=round(negative_log_likelihood(predictions.logits, right), _DIGITS),
        loss_after=round(negative_log_likelihood(predictions.logits, right, temperature), _DIGITS),
        **dict(errors(measured, temperature)),
        **(_thresholds(fitted, dataset) if tune else {}),
    )


def errors(measured: Judged, temperature: float) -> Errors:
    """Measure how far probabilities are off without and with a temperature."""
    predictions, right = measured.decisions
    before, after = _reliability(predictions, right), _reliability(predictions.calibrated(temperature), right)
    return Errors(
        measured_on=measured.split,
        expected_calibration_error_before=round(expected_calibration_error(before), _DIGITS),
        expected_calibration_error_after=round(expected_calibration_error(after), _DIGITS),
        reliability_before=before,
        reliability_after=after,
    )


def _reliability(predictions: Predictions, right: NDArray[np.int64]) -> list[Bin]:
    shares = predictions.probabilities
    return [
        each.model_copy(
            update={"confidence": round(each.confidence, _DIGITS), "accuracy": round(each.accuracy, _DIGITS)}
        )
        for each in reliability(shares.max(-1), shares.argmax(-1) == right)
    ]


def _thresholds(fitted: Judged, dataset: Dataset) -> dict[str, Any]:
    found = tune_thresholds(fitted.predictions.divided, fitted.labels.astype(np.int64), dataset.metric)
    return {
        "threshold": by_label(found.thresholds, dataset.label_names),
        "threshold_metric": dataset.metric,
        "threshold_score": found.score,
        "threshold_default_score": found.default_score,
    }
