"""What a run knows of its model's probabilities, put to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ftcli.calibration.threshold import Threshold, at_temperature, check_threshold
from ftcli.errors import RunError, UsageError
from ftcli.runs.calibration import Calibration
from ftcli.runs.folder import RunFolder
from ftcli.settings.probabilities import TUNED, ProbabilitySettings
from ftcli.tasks.kind import Kind


@dataclass(frozen=True)
class Adjustment:
    """What is made of the models' answers: a temperature for each, and a threshold for what they say together.

    The threshold is on the probabilities as they are given: those after the temperature, where there is one. None: the
    answers are left as they are.
    """

    temperatures: list[float] | None = None
    threshold: Threshold | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` says of it."""
        return asdict(self)


def check_settings(settings: ProbabilitySettings, kind: Kind, labels: int) -> None:
    """Check that a model of this kind, with so many labels, can answer as the settings ask.

    Raises:
        UsageError: a threshold is asked for, and has no meaning there.
    """
    if settings.threshold is not None:
        check_threshold("--threshold", kind, labels)


def adjustment(settings: ProbabilitySettings, runs: Sequence[RunFolder]) -> Adjustment:
    """Return what the settings ask for; no runs: a model that is none's.

    Raises:
        RunError: a run was not calibrated, or no threshold tuned.
        UsageError: no run, or more than one, could have that threshold.
    """
    if settings.calibrated and not runs:
        raise UsageError("--calibrated: only a run knows its temperature", hint="Give a run in place of --model.")
    temperatures = [_calibration(run).temperature for run in runs] if settings.calibrated else None
    if settings.threshold != TUNED:
        return Adjustment(temperatures, None if settings.threshold is None else float(settings.threshold))
    if len(runs) != 1:
        raise UsageError(
            "--threshold tuned: it belongs to one run"
            + (", and here several answer together" if runs else ", and not to a model alone"),
            hint="Give a number, or a single run.",
        )
    threshold = _calibration(runs[0]).threshold
    if threshold is None:
        raise RunError(
            f"{runs[0].path} has no tuned threshold",
            hint=f"Tune one: ftcli eval {runs[0].path} --tune-threshold (of two labels, or of several an example)",
        )
    return Adjustment(temperatures, at_temperature(threshold, temperatures[0]) if temperatures else threshold)


def _calibration(run: RunFolder) -> Calibration:
    found = run.read_calibration()
    if found is None:
        raise RunError(
            f"{run.path} is not calibrated",
            hint=f"Calibrate it: ftcli eval {run.path} --calibrate (a model that gives a number has no probabilities)",
        )
    return found
