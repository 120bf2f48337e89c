"""A study: the same training with several seeds, a run folder for each."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ftcli.engine.observers import Entry
from ftcli.errors import FtcliError, UsageError
from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_free
from ftcli.runs.study import write_study
from ftcli.runs.workspace import beside_of, how_to_go_on, wound_up
from ftcli.settings.seeds import seeds_in
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.trainings.single import TrainResult, recorded_result
from ftcli.trainings.soup import SoupResult, make_soup


@dataclass(frozen=True)
class Member:
    """One run of a study that is to be trained, or to go on; its settings name the one seed."""

    settings: TrainSettings
    path: Path
    resume: bool = False

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.settings.seed


@dataclass(frozen=True)
class Outcome:
    """How a run of a study ended: with a result, or with an error."""

    seed: int
    path: Path
    result: TrainResult | FtcliError

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --seeds --json`` prints of a run."""
        if isinstance(self.result, FtcliError):
            return {"seed": self.seed, "run": str(self.path), "error": self.result.message, "hint": self.result.hint}
        return {"seed": self.seed, **self.result.as_json()}


@dataclass(frozen=True)
class StudyResult:
    """All runs of a study, in the order of its seeds."""

    path: Path
    executor: str
    outcomes: list[Outcome]
    soup: SoupResult | None = None

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
        }


class StudyObserver:
    """Base of those who watch a study; each method may be left as it is."""

    def begin(self, seeds: Sequence[int], executor: str) -> None:
        """The study is about to start."""

    def begin_run(self, seed: int, steps: int, metric: str) -> None:
        """A run is about to take its first step."""

    def record(self, seed: int, entry: Entry) -> None:
        """Something was measured in a run."""

    def notice(self, seed: int, text: str) -> None:
        """There is something to know about a run."""

    def end_run(self, outcome: Outcome) -> None:
        """A run has ended, in whatever way."""

    def end(self) -> None:
        """The study is over, for whatever reason."""


Way = Callable[[Sequence[Member], Dataset, StudyObserver], list[Outcome]]


def run_study(
    settings: TrainSettings, dataset: Dataset, path: Path, observer: StudyObserver, *, since: datetime | None = None
) -> StudyResult:
    """Train with each seed, in the way that ``settings.executor`` says.

    A study that was started before, at ``since``, goes on with what has not finished; runs that are older than it are
    those that it was to replace.

    Raises:
        FtcliError: a run's folder is occupied, or none can be trained.
    """
    assert settings.seeds is not None
    seeds = seeds_in(settings.seeds, first=settings.seed)
    paths = {seed: path / f"seed-{seed}" for seed in seeds}
    soup = path / "soup"
    if since is None:
        for place in [*paths.values(), *([soup] if settings.soup else [])]:
            ensure_free(place, overwrite=settings.overwrite)
        settings = settings.model_copy(update={"executor": _executor(settings)})
        write_study(path, settings, dataset.task)
    there = {seed: run for seed, each in paths.items() if since and (run := _begun(each, since))}
    ended = {
        seed: Outcome(seed, paths[seed], recorded_result(wound_up(run)))
        for seed, run in there.items()
        if run.is_finished
    }
    members = [
        Member(_of_one_seed(settings, seed), there[seed].path, resume=True)
        if seed in there
        else Member(_of_one_seed(settings, seed).model_copy(update={"overwrite": RunFolder(each).is_run}), each)
        for seed, each in paths.items()
        if seed not in ended
    ]
    observer.begin([member.seed for member in members], settings.executor)
    try:
        if members:
            ended |= {each.seed: each for each in _way(settings.executor)(members, dataset, observer)}
        result = StudyResult(path, settings.executor, [ended[seed] for seed in seeds])
        return replace(result, soup=_soup(settings, dataset, soup, result))
    except KeyboardInterrupt as error:
        error.__notes__ = [f"What there is of the study lies in {path}.", how_to_go_on(path)]
        raise
    finally:
        observer.end()


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
    trained = [(each.seed, each.result) for each in result.outcomes if isinstance(each.result, TrainResult)]
    # An unfinished one is in nobody's way: averaging takes but a moment.
    settings = settings.model_copy(update={"overwrite": settings.overwrite or RunFolder(path).is_run})
    return make_soup(settings, dataset, path, trained)


def _of_one_seed(settings: TrainSettings, seed: int) -> TrainSettings:
    return settings.model_copy(update={**settings.for_seed(seed), "soup": None})


def _executor(settings: TrainSettings) -> str:
    one_dropout = settings.vary in ("init", "data") or settings.dropout_seed is not None
    if settings.executor == "vmap" and one_dropout:
        raise UsageError(
            "--executor vmap: seeds that are trained in the same steps have each a dropout of their own",
            hint="Leave it out where --vary or --dropout-seed fixes the dropout.",
        )
    if settings.executor != "auto":
        return settings.executor
    if one_dropout:
        return "processes"
    from ftcli.engine.device import choose_device

    return "vmap" if choose_device(settings.device).type == "cuda" else "processes"


def _way(executor: str) -> Way:
    if executor == "processes":
        from ftcli.trainings.processes import train_in_processes

        return train_in_processes
    from ftcli.trainings.in_process import train_in_turn, train_together

    return train_together if executor == "vmap" else train_in_turn
