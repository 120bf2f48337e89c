"""One run as the comparison sees it: its settings, its status and its score on dev."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ftcli.compare.answers import Answers, read_answers
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State, Status
from ftcli.settings.train import TrainSettings

SPLIT = "dev"


@dataclass(frozen=True)
class Member:
    """A run of a group."""

    path: Path
    settings: dict[str, Any]
    status: Status
    evaluation: Evaluation | None

    def answers(self) -> Answers | None:
        """Read what it answered to each example, where that is known.

        Raises:
            RunError: the file is damaged.
        """
        return read_answers(RunFolder(self.path), SPLIT, self.evaluation) if self.evaluation else None

    @property
    def task(self) -> str:
        """What it was trained for."""
        task = self.settings.get("task") or (self.evaluation and self.evaluation.task)
        return str(task or "unnamed")

    @property
    def seed(self) -> int | None:
        """Its seed, where the settings tell."""
        seed = self.settings.get("seed")
        return seed if isinstance(seed, int) else None

    @property
    def fold(self) -> int | None:
        """The part of train that it was judged on, where that is one fold of several."""
        fold = self.settings.get("fold")
        return fold if isinstance(fold, int) else None

    @property
    def recipe(self) -> tuple[str, ...]:
        """Its strategies' names."""
        names = self.settings.get("strategy")
        return tuple(str(name) for name in names) if isinstance(names, list) else ()

    @property
    def of_race(self) -> bool:
        """Whether it went through a race, which picks the runs that finish by their scores."""
        return self.status.race is not None

    @property
    def finished(self) -> bool:
        """Whether it trained to the end: what is not finished has no score that counts."""
        return self.status.state is State.FINISHED

    @property
    def selected_score(self) -> float | None:
        """Its score on the examples that it was selected on; None where it did not finish."""
        if not self.finished or self.evaluation is None:
            return None
        facts = self.status.model_extra or {}
        found = facts.get("selected_score", self.evaluation.score if facts.get("selected_on") != "select" else None)
        return found if isinstance(found, int | float) else None

    def value(self, metric: str) -> float | None:
        """Give a metric of its evaluation; None where it did not finish or the metric is not defined."""
        if not self.finished or self.evaluation is None:
            return None
        return self.evaluation.metrics.get(metric)


def read_member(run: RunFolder) -> Member | None:
    """Read a run; None where its settings or its status were never written.

    Raises:
        RunError: one of its files can't be read.
    """
    if not (run.settings.exists() and run.status.exists()):
        return None
    return Member(run.path, _with_defaults(run.read_settings()), run.read_status(), run.score(SPLIT))


def _with_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    """Fill in the settings that came with a later version than the run: by default they change nothing."""
    return {name: value for name, value in _defaults().items() if name not in settings} | settings


@cache
def _defaults() -> dict[str, Any]:
    told = {name: field.default for name, field in TrainSettings.model_fields.items() if not field.is_required()}
    return {name: value for name, value in told.items() if isinstance(value, str | int | float)}
