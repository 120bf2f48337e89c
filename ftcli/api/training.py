"""Train: once, a study of many seeds, or several studies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ftcli.api.cards import with_cards
from ftcli.checks.before_training import load_to_train, warnings_about, within_model
from ftcli.engine.observers import Observers
from ftcli.engine.pace import Pace, Start
from ftcli.errors import UsageError
from ftcli.runs.folder import RunFolder
from ftcli.runs.naming import campaign_folder, name_for, resolve_output, study_name
from ftcli.runs.study_workspace import opened_study
from ftcli.settings.train import TrainSettings
from ftcli.tasks.settle import settle, settled
from ftcli.trainings.campaign import CampaignResult, Variant, run_campaign
from ftcli.trainings.extending import extended, folder_of_study
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import StudyResult
from ftcli.trainings.single import TrainResult, train_alone
from ftcli.trainings.study import run_study
from ftcli.trainings.suited import suited
from ftcli.wording import once

if TYPE_CHECKING:
    from ftcli.engine.observers import Observer


def train(settings: TrainSettings, observers: Sequence[Observer] = (), *, like: RunFolder | None = None) -> TrainResult:
    """Train once, into a new run folder; what differs from the facts of the run ``like`` is told.

    Where ``like`` was trained with others, this one is trained alone.

    Raises:
        FtcliError: anything the user can mend, see ``ftcli.errors``.
    """
    recipe = settings.recipe()
    if settings.seeds is not None:
        raise UsageError("--seeds asks for a study, not for one run", hint="From Python that is train_study.")
    if settings.differing == "fold":
        raise UsageError("--folds: one run is one fold", hint="Say which with --fold, or train a study.")
    settings = suited(settings, Observers(observers).notice, like)
    settings = within_model(settled(settings), Observers(observers).notice)
    dataset = load_to_train(settings)
    name = name_for(recipe.distinctive_names, settings.seed, settings.fold)
    path = resolve_output(settings.runs_dir, dataset.task, settings.output, name)
    warnings = warnings_about(dataset, settings, Observers(observers).notice)
    start = Start(Pace(settings.checkpoint_every), like=like, warnings=warnings)
    return train_alone(settings, dataset, path, observers, start)


def train_study(settings: TrainSettings, observer: StudyObserver | None = None) -> StudyResult:
    """Train with each of ``settings.seeds``, or on each of ``settings.folds``: a folder with a run folder for each.

    A study that is there already goes on, with further seeds where they are asked for.

    Raises:
        FtcliError: there is another study, nothing could be trained; a seed that fails by itself is told in the result.
    """
    settings.recipe()
    observer = observer or StudyObserver()
    settings = within_model(settled(suited(settings, observer.about_data)), observer.about_data)
    dataset = load_to_train(settings)
    path = folder_of_study(settings, dataset)
    warnings = warnings_about(dataset, settings, observer.about_data)
    with opened_study(path):
        found = extended(settings, dataset, path)
        found.record(path, dataset.task)
        result = with_cards(run_study(found.settings, dataset, path, observer, since=found.since))
    return replace(result, warnings=warnings)


def train_campaign(
    variants: Sequence[Variant], observer: Callable[[Variant], StudyObserver] | None = None
) -> CampaignResult:
    """Train several studies on the same data into one folder; what is there already is not trained again.

    Its folder is named by their techniques, or by ``output``, so that the same call goes on with the same campaign.

    Raises:
        FtcliError: as ``train_study``, or the folder holds another campaign.
    """
    found = settle(variants[0].settings).found
    observer = observer or (lambda _: StudyObserver())
    tell = once(observer(variants[0]).about_data)
    variants = [Variant(each.name, within_model(each.settings.model_copy(update=found), tell)) for each in variants]
    first = variants[0].settings
    dataset = load_to_train(first)
    names = dict.fromkeys(name for each in variants for name in each.settings.recipe().distinctive_names)
    path = campaign_folder(first.runs_dir, dataset.task, first.output, study_name(list(names)))
    warnings = warnings_about(dataset, first, tell)
    result = run_campaign(variants, dataset, path, observer)
    for study in result.studies:
        with_cards(study)
    return replace(result, warnings=warnings)
