"""How a study ended: each of its runs, and all of them together."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.checks.finding import Finding, findings_as_json
from ftcli.errors import FtcliError
from ftcli.runs.race import RaceSummary
from ftcli.runs.status import Lap
from ftcli.settings.train import Differing
from ftcli.trainings.single import TrainResult
from ftcli.trainings.soup import SoupResult


@dataclass(frozen=True)
class Dropped:
    """A run that a race has stopped: why, and how it stood."""

    reason: str
    lap: Lap


@dataclass(frozen=True)
class Outcome:
    """How a run of a study ended: with a result, dropped from a race, or with an error."""

    number: int
    path: Path
    result: TrainResult | Dropped | FtcliError
    unit: Differing = "seed"

    @property
    def name(self) -> str:
        """What it is called: "seed 3"."""
        return f"{self.unit} {self.number}"

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --seeds --json`` prints of a run."""
        own: dict[str, Any] = {self.unit: self.number}
        if isinstance(self.result, FtcliError):
            return own | {"run": str(self.path), "error": self.result.message, "hint": self.result.hint}
        if isinstance(self.result, Dropped):
            return own | {"run": str(self.path), "stopped": self.result.lap.model_dump()}
        return own | self.result.as_json()


@dataclass(frozen=True)
class StudyResult:
    """All runs of a study, in the order of its seeds or folds; ``seconds`` is what their training took together.

    None: a part of it was there before.
    """

    path: Path
    executor: str
    outcomes: list[Outcome]
    seconds: float | None
    soup: SoupResult | None = None
    race: RaceSummary | None = None
    warnings: Sequence[Finding] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether no run has failed."""
        return not any(isinstance(each.result, FtcliError) for each in self.outcomes)

    @property
    def finished(self) -> list[TrainResult]:
        """What came out of the runs that finished."""
        return [each.result for each in self.outcomes if isinstance(each.result, TrainResult)]

    @property
    def scores(self) -> list[float]:
        """The main score of each run that finished and has one."""
        found = (result.trained.evaluation.score for result in self.finished)
        return [score for score in found if score is not None]

    @property
    def mean(self) -> float | None:
        """The mean of the scores, where there are any."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def std(self) -> float | None:
        """The standard deviation of the scores, where there are two or more."""
        return statistics.stdev(self.scores) if len(self.scores) > 1 else None

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --seeds --json`` prints."""
        return {
            "study": str(self.path),
            "executor": self.executor,
            "metric": self.finished[0].trained.evaluation.metric if self.finished else None,
            "mean": self.mean,
            "std": self.std,
            "seconds": self.seconds,
            "runs": [outcome.as_json() for outcome in self.outcomes],
            "soup": self.soup.as_json() if self.soup else None,
            "data_warnings": findings_as_json(self.warnings),
            "race": self.race.model_dump() if self.race else None,
        }
