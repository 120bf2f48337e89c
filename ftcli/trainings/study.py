"""A study: the same training with several seeds, or on several folds of its data, a run folder for each."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ftcli.checks.finding import Finding, findings_as_json
from ftcli.engine.observers import Entry
from ftcli.engine.rungs import Rung
from ftcli.errors import FtcliError, UsageError
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_free, ensure_no_links
from ftcli.runs.race import RaceSummary, summarise_race
from ftcli.runs.status import Lap
from ftcli.runs.study import read_study, write_study
from ftcli.runs.workspace import beside_of, how_to_go_on, wound_up
from ftcli.settings.train import Differing, TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.load import load_dataset
from ftcli.tasks.metrics import METRICS
from ftcli.trainings.single import TrainResult, recorded_result
from ftcli.trainings.soup import SoupResult, make_soup


@dataclass(frozen=True)
class Member:
    """One run of a study that is to be trained, or to go on; its settings name the one seed, or fold."""

    settings: TrainSettings
    path: Path
    resume: bool = False
    rung: Rung | None = None
    unit: Differing = "seed"

    @property
    def number(self) -> int:
        """The run's seed, or its fold."""
        return self.settings.seed if self.unit == "seed" else self.settings.fold or 0

    def data(self, shared: Dataset) -> Dataset:
        """Return what it learns from: what all runs share, or its fold."""
        return shared if self.unit == "seed" else load_dataset(self.settings)

    def ended(self, result: TrainResult | FtcliError) -> Outcome:
        """Return how it ended."""
        return Outcome(self.number, self.path, result, self.unit)


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
    """All runs of a study, in the order of its seeds or folds."""

    path: Path
    executor: str
    outcomes: list[Outcome]
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
            "runs": [outcome.as_json() for outcome in self.outcomes],
            "soup": self.soup.as_json() if self.soup else None,
            "data_warnings": findings_as_json(self.warnings),
            "race": self.race.model_dump() if self.race else None,
        }


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


Way = Callable[[Sequence[Member], Dataset, StudyObserver], list[Outcome]]


def run_study(
    settings: TrainSettings, dataset: Dataset, path: Path, observer: StudyObserver, *, since: datetime | None = None
) -> StudyResult:
    """Train with each seed, or on each fold, in the way that ``settings.executor`` says.

    A study that was started before, at ``since``, goes on with what has not finished; runs that are older than it are
    those that it was to replace.

    Raises:
        FtcliError: a run's folder is occupied, or none can be trained.
    """
    unit = settings.differing
    assert unit is not None
    paths = {number: path / f"{unit}-{number}" for number in settings.numbers}
    soup = path / "soup"
    if since is None:
        for place in [*paths.values(), *([soup] if settings.soup else [])]:
            ensure_free(place, overwrite=settings.overwrite)
        settings = settings.model_copy(update={"executor": chosen_executor(settings)})
        write_study(path, settings, dataset.task)
    ensure_no_links(*paths.values(), soup)
    there = {number: run for number, each in paths.items() if since and (run := _begun(each, since))}
    ended = {
        number: Outcome(number, paths[number], recorded_result(wound_up(run)), unit)
        for number, run in there.items()
        if run.is_finished
    }
    members = [
        Member(settings.of_run(number), there[number].path, resume=True, unit=unit)
        if number in there
        else Member(_anew(settings.of_run(number), each), each, unit=unit)
        for number, each in paths.items()
        if number not in ended
    ]
    observer.begin([member.number for member in members], settings.executor)
    try:
        if members:
            run_of = partial(_run_of, paths, since or read_study(path).started)
            ended |= _train(settings, dataset, members, run_of, observer)
        outcomes = [ended[number] for number in paths]
        result = StudyResult(path, settings.executor, outcomes, race=_summary(settings, dataset, outcomes))
        return replace(result, soup=_soup(settings, dataset, soup, result))
    except KeyboardInterrupt as error:
        error.__notes__ = [f"What there is of the study lies in {path}.", how_to_go_on(path)]
        raise
    finally:
        observer.end()


def _train(
    settings: TrainSettings,
    dataset: Dataset,
    members: Sequence[Member],
    run_of: Callable[[int], RunFolder | None],
    observer: StudyObserver,
) -> dict[int, Outcome]:
    way = _way(settings.executor)

    def train(each: Sequence[Member]) -> list[Outcome]:
        return way(each, dataset, observer)

    if settings.race:
        from ftcli.trainings.race import Race

        return Race(settings.numbers, run_of, dataset.metric, train, observer.end_run).run(members)
    return {each.number: each for each in train(members)}


def _summary(settings: TrainSettings, dataset: Dataset, outcomes: Sequence[Outcome]) -> RaceSummary | None:
    if not settings.race:
        return None
    # A run that could not even start has left no folder.
    statuses = {each.number: RunFolder(each.path).read_status() for each in outcomes if RunFolder(each.path).is_run}
    higher = METRICS[dataset.metric].higher_is_better
    return summarise_race(statuses, higher_is_better=higher) if statuses else None


def _run_of(paths: Mapping[int, Path], since: datetime, seed: int) -> RunFolder | None:
    return _begun(paths[seed], since)


def _begun(path: Path, since: datetime) -> RunFolder | None:
    """Return the run of a study that was begun there, or beside what it is to replace."""
    for run in (RunFolder(beside_of(path)), RunFolder(path)):
        run.mend()
        if run.is_run and run.read_status().started >= since:
            return run
    return None


def _soup(settings: TrainSettings, dataset: Dataset, path: Path, result: StudyResult) -> SoupResult | None:
    if not settings.soup or not result.finished:
        return None
    trained = [(each.number, each.result) for each in result.outcomes if isinstance(each.result, TrainResult)]
    # An unfinished one is in nobody's way: averaging takes but a moment.
    settings = settings.model_copy(update={"overwrite": settings.overwrite or RunFolder(path).is_run})
    return make_soup(settings, dataset, path, trained)


def _anew(settings: TrainSettings, path: Path) -> TrainSettings:
    """Return settings of a run that takes the place of one that the study is to replace."""
    return settings.model_copy(update={"overwrite": RunFolder(path).is_run})


def chosen_executor(settings: TrainSettings) -> str:
    """Return how the runs of a study are trained.

    Raises:
        UsageError: folds are to be trained in the same steps.
    """
    if settings.executor == "vmap" and settings.differing == "fold":
        raise UsageError(
            "--executor vmap: folds learn from different examples, and can't be trained in the same steps",
            hint="Leave it out.",
        )
    if settings.executor != "auto":
        return settings.executor
    from ftcli.engine.device import choose_device

    on_gpu = choose_device(settings.device).type == "cuda"
    return "processes" if not on_gpu else "eager" if settings.differing == "fold" else "vmap"


def _way(executor: str) -> Way:
    if executor == "processes":
        from ftcli.trainings.processes import train_in_processes

        return train_in_processes
    from ftcli.trainings.in_process import train_in_turn, train_together

    return train_together if executor == "vmap" else train_in_turn
