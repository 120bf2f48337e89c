"""What the lines about a calibration say of it."""

from __future__ import annotations

import pytest

from ftcli.api.probabilities import Adjustment
from ftcli.cli.scores import adjustment_lines, calibration_lines
from ftcli.runs.calibration import Calibration


@pytest.mark.parametrize(
    ("temperature", "after", "told"),
    [(1.5, 0.05, None), (1.5, 0.2, "makes this error larger"), (10.0, 0.2, "at its bound")],
)
def test_a_temperature_that_may_do_harm_is_told(temperature, after, told):
    found = Calibration(
        measured_on="dev",
        expected_calibration_error_before=0.1,
        expected_calibration_error_after=after,
        reliability_before=[],
        reliability_after=[],
        temperature=temperature,
        fitted_on="select",
        fitted_examples=40,
        loss_before=0.7,
        loss_after=0.6,
    )
    lines = list(calibration_lines(found))
    assert len(lines) == 1 + (told is not None)
    assert told is None or told in lines[1]


def test_a_temperature_at_its_bound_is_told_where_it_is_used():
    assert len(list(adjustment_lines(Adjustment([1.5])))) == 1
    assert "at its bound" in list(adjustment_lines(Adjustment([1.5, 10.0])))[1]
