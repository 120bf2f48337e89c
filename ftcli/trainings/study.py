"""A study: the same training with several seeds, or on several folds of its data, a run folder for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from ftcli.runs.folder import RunFolder
from ftcli.runs.guard import ensure_free, ensure_no_links
from ftcli.runs.race import RaceSummary, summarise_race
from ftcli.runs.study import SOUP, is_study, places_of_runs, read_study, write_study
from ftcli.runs.unfinished import begun_since
from ftcli.runs.workspace import beside_of, how_to_go_on, wound_up
from ftcli.settings.train import Differing, TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.metrics import METRICS
from ftcli.trainings.executors import chosen_executor, executor_of
from ftcli.trainings.members import Member
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import Outcome, StudyResult
from ftcli.trainings.processes import share_cores
from ftcli.trainings.race import Race
from ftcli.trainings.single import TrainResult, recorded_result
from ftcli.trainings.soup import SoupResult, make_soup, recorded_soup


def run_study(
    settings: TrainSettings, dataset: Dataset, path: Path, observer: StudyObserver, *, since: datetime | None = None
) -> StudyResult:
    """Train with each seed, or on each fold, in the way that ``settings.executor`` says.

    A study that was started before, at ``since``, goes on with what has not finished; runs that are older than it are
    those that it was to replace.

    Raises:
        FtcliError: a run's folder is occupied, or none can be trained.
    """
    if since is None:
        settings = _prepared(settings, path)
    try:
        if since is None:
            write_study(path, settings, dataset.task)
        return _run_study(settings, dataset, path, observer, since)
    except KeyboardInterrupt as error:
        if is_study(path):
            error.__notes__ = [f"What there is of the study lies in {path}.", how_to_go_on(path)]
        raise


def _run_study(
    settings: TrainSettings, dataset: Dataset, path: Path, observer: StudyObserver, since: datetime | None
) -> StudyResult:
    unit = settings.differing
    assert unit is not None
    paths = places_of_runs(path, settings)
    ensure_no_links(*paths.values(), path / SOUP)
    there = {number: run for number, each in paths.items() if since and (run := _begun(each, since))}
    ended = {
        number: Outcome(number, paths[number], recorded_result(wound_up(run)), unit)
        for number, run in there.items()
        if run.is_finished
    }
    settings = _with_threads(settings, there.values())
    members = [
        _member(settings.of_run(number), each, unit, there.get(number))
        for number, each in paths.items()
        if number not in ended
    ]
    started = time.perf_counter()
    observer.begin([member.number for member in members], settings.executor)
    try:
        if members:
            run_of = partial(_run_of, paths, since or read_study(path).started)
            ended |= _train(settings, dataset, members, run_of, observer)
        seconds = None if there else time.perf_counter() - started
        return _result(settings, dataset, path, [ended[number] for number in paths], seconds)
    finally:
        observer.end()


def _prepared(settings: TrainSettings, path: Path) -> TrainSettings:
    """Return the settings of a study with an executor chosen, where nothing is in its way.

    Raises:
        FtcliError: the folder of a run is occupied.
    """
    for place in [*places_of_runs(path, settings).values(), *([path / SOUP] if settings.soup else [])]:
        ensure_free(place, overwrite=settings.overwrite)
    return settings.model_copy(update={"executor": chosen_executor(settings)})


def _with_threads(settings: TrainSettings, there: Iterable[RunFolder]) -> TrainSettings:
    """Return the settings with the threads of each process: those its runs have had, however many are left to train."""
    if settings.threads or settings.executor != "processes":
        return settings
    recorded = [(run.read_status().model_extra or {}).get("threads") for run in there]
    known = [each for each in recorded if isinstance(each, int) and each > 0]
    return settings.model_copy(update={"threads": known[0] if known else share_cores(len(settings.numbers), 0)[1]})


def _member(settings: TrainSettings, path: Path, unit: Differing, begun: RunFolder | None) -> Member:
    """Return a run that goes on where it was begun; else one that starts there, in place of what is to be replaced."""
    if begun is not None:
        return Member(settings, begun.path, resume=True, unit=unit)
    return Member(settings.model_copy(update={"overwrite": RunFolder(path).is_run}), path, unit=unit)


def _train(
    settings: TrainSettings,
    dataset: Dataset,
    members: Sequence[Member],
    run_of: Callable[[int], RunFolder | None],
    observer: StudyObserver,
) -> dict[int, Outcome]:
    executor = executor_of(settings)

    def train(each: Sequence[Member]) -> list[Outcome]:
        return executor(each, dataset, observer)

    if settings.race:
        return Race(settings.numbers, run_of, dataset.metric, train, observer.end_run).run(members)
    return {each.number: each for each in train(members)}


def _result(
    settings: TrainSettings, dataset: Dataset, path: Path, outcomes: list[Outcome], seconds: float | None
) -> StudyResult:
    """Return what came of the runs together: how they raced, and the soup that is made of them."""
    result = StudyResult(path, settings.executor, outcomes, seconds, race=_summary(settings, dataset, outcomes))
    return replace(result, soup=_soup(settings, dataset, path / SOUP, result))


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
    return begun_since(path, since)


def _soup(settings: TrainSettings, dataset: Dataset, path: Path, result: StudyResult) -> SoupResult | None:
    if not settings.soup or not result.finished:
        return None
    trained = [(each.number, each.result) for each in result.outcomes if isinstance(each.result, TrainResult)]
    # An unfinished one is in nobody's way: averaging takes but a moment.
    replacing = settings.model_copy(update={"overwrite": settings.overwrite or RunFolder(path).is_run})
    return recorded_soup(settings, path, trained) or make_soup(replacing, dataset, path, trained)
