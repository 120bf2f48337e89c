"""Who watches a study, and how what happens in one of its runs comes to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.engine.observers import Entry, Observer
from ftcli.trainings.outcome import Outcome

if TYPE_CHECKING:
    from ftcli.engine.plan import Plan


class StudyObserver:
    """Base of those who watch a study; each method may be left as it is."""

    def about_data(self, text: str) -> None:
        """There is something to know about the data."""

    def begin(self, numbers: Sequence[int], executor: str) -> None:
        """The study is about to start: runs with these seeds, or on these folds."""

    def begin_run(self, number: int, steps: int, metric: str) -> None:
        """A run is about to take its first step."""

    def record(self, number: int, entry: Entry) -> None:
        """Something was measured in a run."""

    def notice(self, number: int, text: str) -> None:
        """There is something to know about a run."""

    def end_run(self, outcome: Outcome) -> None:
        """A run has ended, in whatever way."""

    def end(self) -> None:
        """The study is over, for whatever reason."""


class OfOneRun(Observer):
    """Passes on what happens in one run of a study."""

    def __init__(self, number: int, study: StudyObserver) -> None:
        self._number = number
        self._study = study

    def begin(self, plan: Plan, metric: str) -> None:
        """Pass on."""
        self._study.begin_run(self._number, plan.steps, metric)

    def record(self, entry: Entry) -> None:
        """Pass on."""
        self._study.record(self._number, entry)

    def notice(self, text: str) -> None:
        """Pass on."""
        self._study.notice(self._number, text)
