"""What a run knows of its model's probabilities, put to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.calibration.threshold import Threshold, at_temperature, check_threshold
from ftcli.errors import FtcliError, RunError, UsageError
from ftcli.runs.calibration import Calibration
from ftcli.runs.folder import RunFolder
from ftcli.runs.recorded import recorded_settings
from ftcli.settings.probabilities import TUNED, ProbabilitySettings
from ftcli.tasks.kind import Kind
from ftcli.tasks.sources import source_told
from ftcli.wording import command


@dataclass(frozen=True)
class Adjustment:
    """What is made of the models' answers: a temperature for each, and a threshold for what they say together.

    The threshold is on the probabilities as they are given: those after the temperature, where there is one. None: the
    answers are left as they are. ``tuned_unused`` says that the run has a tuned threshold which nobody asked for.
    """

    temperatures: list[float] | None = None
    threshold: Threshold | None = None
    tuned_unused: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` says of it."""
        return {"temperatures": self.temperatures, "threshold": self.threshold}


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
    if settings.threshold is None:
        return Adjustment(temperatures, tuned_unused=len(runs) == 1 and _is_tuned(runs[0]))
    if settings.threshold != TUNED:
        return Adjustment(temperatures, float(settings.threshold))
    if len(runs) != 1:
        raise UsageError(
            "--threshold tuned: it belongs to one run"
            + (", and here several answer together" if runs else ", and not to a model alone"),
            hint="Give a number, or a single run.",
        )
    threshold = _calibration(runs[0]).threshold
    if threshold is None:
        tune = command("eval", runs[0].path, "--tune-threshold")
        raise RunError(
            f"{runs[0].path} has no tuned threshold",
            hint=f"Tune one: {tune} (of two labels, or of several an example)",
        )
    return Adjustment(temperatures, at_temperature(threshold, temperatures[0]) if temperatures else threshold)


def _is_tuned(run: RunFolder) -> bool:
    try:
        found = run.read_calibration()
    except RunError:  # damaged, and not needed here
        return False
    return found is not None and found.threshold is not None


def _calibration(run: RunFolder) -> Calibration:
    found = run.read_calibration()
    if found is not None:
        return found
    if _gives_numbers(run):
        raise UsageError(f"--calibrated: {run.path} gives numbers, which have no probabilities", hint="Leave it out.")
    raise RunError(f"{run.path} is not calibrated", hint=f"Calibrate it: {command('eval', run.path, '--calibrate')}")


def _gives_numbers(run: RunFolder) -> bool:
    try:
        return source_told(recorded_settings(run)).kind == "regression"
    except FtcliError:  # the task's description may be gone
        return False
