"""A campaign: several studies that are to be compared, in one folder; the same command again goes on with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ftcli.checks.finding import Finding
from ftcli.errors import UsageError
from ftcli.runs.naming import folder_name, study_name
from ftcli.runs.study_workspace import opened_study
from ftcli.settings.data import DataSettings
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.load import load_dataset
from ftcli.trainings.extending import extended
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import StudyResult
from ftcli.trainings.study import run_study

DEFAULT_SEEDS = "5"
"""As many as a verdict takes."""


@dataclass(frozen=True)
class Variant:
    """One study of a campaign, and the name of its folder."""

    name: str
    settings: TrainSettings


def variant(settings: TrainSettings, point: str = "") -> Variant:
    """Return a study by its recipe, and by the values that set it apart from others of the same recipe.

    Raises:
        UsageError: it is a race.
    """
    if settings.race:
        raise UsageError(
            "--race finds one good model; what is left of a race can't stand for its recipe in a comparison",
            hint="Leave --race out, or --ablate and lists of values.",
        )
    name = study_name(settings.recipe().distinctive_names)
    seeds = settings.seeds if settings.differing else DEFAULT_SEEDS
    return Variant(folder_name(f"{name}-{point}" if point else name), settings.model_copy(update={"seeds": seeds}))


def ablated(settings: TrainSettings) -> list[TrainSettings]:
    """Return the recipe, the baseline, the recipe without each of its strategies, and each strategy alone.

    Raises:
        UsageError: there is no strategy to leave out.
    """
    names = list(settings.recipe().distinctive_names)
    if not names:
        raise UsageError("--ablate: the recipe has no technique to leave out", hint="Add some, such as --reinit --swa.")
    without = [[other for other in names if other != name] for name in names]
    alone = [[name] for name in names]
    recipes = dict.fromkeys(map(tuple, [[], names, *without, *alone]))
    return [settings.model_copy(update={"strategy": list(recipe)}) for recipe in recipes]


@dataclass(frozen=True)
class CampaignResult:
    """The studies of a campaign, in its order."""

    path: Path
    studies: list[StudyResult]
    warnings: Sequence[Finding] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all runs of all studies have finished."""
        return all(study.is_whole for study in self.studies)


def run_campaign(
    variants: Sequence[Variant], dataset: Dataset, path: Path, observer: Callable[[Variant], StudyObserver]
) -> CampaignResult:
    """Train what is not there yet, one study after the other; ``dataset`` is that of the first.

    Raises:
        FtcliError: as ``run_study``, or the folder holds a study of that name with other settings or data.
    """
    for each in variants:
        each.settings.recipe()
    datasets = [_dataset_of(each.settings, variants[0].settings, dataset) for each in variants]
    places = [path / each.name for each in variants]
    planned = [
        extended(each.settings, data, place) for each, data, place in zip(variants, datasets, places, strict=True)
    ]
    studies = []
    try:
        for each, study, data, place in zip(variants, planned, datasets, places, strict=True):
            watching = observer(replace(each, settings=study.settings))
            with opened_study(place):
                study.record(place, dataset.task)
                studies.append(run_study(study.settings, data, place, watching, since=study.since))
    except KeyboardInterrupt as error:
        error.__notes__ = [f"What there is lies in {path}.", "To go on: give the same command again."]
        raise
    return CampaignResult(path, studies)


def _dataset_of(settings: TrainSettings, first: TrainSettings, dataset: Dataset) -> Dataset:
    """Return a study's data: that of the first one, unless what it learns from is among what varies."""
    same = all(getattr(settings, name) == getattr(first, name) for name in DataSettings.model_fields)
    return dataset if same else load_dataset(settings)
