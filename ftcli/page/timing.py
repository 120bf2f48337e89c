"""What the runs of a recipe took, and what it went into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.compare.statistics import mean
from ftcli.runs.folder import RunFolder


@dataclass(frozen=True)
class Times:
    """Seconds of a run (mean) and of all; examples a second and shares of the time (means) where they are known."""

    of_run: float | None
    of_all: float
    examples_per_second: float | None
    shares: Mapping[str, float]


def times_of(runs: Sequence[RunFolder]) -> Times:
    """Read what finished runs took.

    Raises:
        RunError: a status can't be read.
    """
    statuses = [run.read_status() for run in runs]
    seconds = [status.train_seconds for status in statuses if status.train_seconds is not None]
    speeds = [_speed(status.model_extra or {}) for status in statuses]
    shares = [each["shares"] for each in speeds if isinstance(each.get("shares"), dict)]
    named = dict.fromkeys(name for each in shares for name in each)
    found = {name: mean(_number(each.get(name)) for each in shares) for name in named}
    return Times(
        of_run=mean(seconds),
        of_all=sum(seconds),
        examples_per_second=mean(_number(each.get("examples_per_second")) for each in speeds),
        shares={name: share for name, share in found.items() if share is not None},
    )


def _speed(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    found = facts.get("speed")
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
