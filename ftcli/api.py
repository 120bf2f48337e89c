"""What ftcli does, without a terminal: train, plan, evaluate, compare. Imports torch only where it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ftcli.compare.compare import compare as compare_runs
from ftcli.compare.report import Comparison, Table
from ftcli.engine.pace import Pace, Start
from ftcli.errors import FtcliError, RunError, UsageError
from ftcli.runs.catalogue import find_run
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.files import write_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.naming import campaign_folder, folder_name, name_for, resolve_output, study_name
from ftcli.runs.status import State
from ftcli.runs.study import is_study, read_study
from ftcli.runs.unfinished import find_started
from ftcli.runs.workspace import how_to_go_on, wound_up
from ftcli.settings.compare import CompareSettings
from ftcli.settings.data import DataSettings
from ftcli.settings.download import DownloadSettings
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.settings.model import DEFAULT_MAX_LENGTH
from ftcli.settings.train import TrainSettings, train_settings
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.load import load_dataset, load_file
from ftcli.tasks.task import find_task
from ftcli.trainings.campaign import CampaignResult, Variant, run_campaign
from ftcli.trainings.single import TrainResult, recorded_result, train_alone
from ftcli.trainings.study import StudyObserver, StudyResult, run_study

if TYPE_CHECKING:
    from ftcli.engine.observers import Observer
    from ftcli.engine.summary import PlanSummary


def train(settings: TrainSettings, observers: Sequence[Observer] = (), *, like: RunFolder | None = None) -> TrainResult:
    """Train once, into a new run folder; what differs from the facts of the run ``like`` is told.

    Raises:
        FtcliError: anything the user can mend, see ``ftcli.errors``.
    """
    recipe = settings.recipe()
    if settings.executor in ("vmap", "processes"):
        raise UsageError(
            f"--executor {settings.executor}: one seed has nothing to share", hint="Give several with --seeds."
        )
    if settings.vary != "all":
        raise UsageError("--vary: one seed has nothing to vary", hint="Give several with --seeds.")
    if settings.soup:
        raise UsageError("--soup: one seed is nothing to average", hint="Give several with --seeds.")
    dataset = load_dataset(settings)
    name = name_for(recipe.distinctive_names, settings.seed)
    path = resolve_output(settings.runs_dir, dataset.task, settings.output, name)
    return train_alone(settings, dataset, path, observers, Start(Pace(settings.checkpoint_every), like=like))


@dataclass(frozen=True)
class Resumable:
    """A run or a study that was started before, and what it was told."""

    path: Path
    settings: TrainSettings
    study_started: datetime | None = None

    @property
    def is_study(self) -> bool:
        """Whether it is a study."""
        return self.study_started is not None


def find_resumable(reference: str, runs_dir: Path) -> Resumable:
    """Return the run or study that ``ftcli train --resume`` means: a path, the end of one, or "latest".

    Raises:
        RunError: there is none, or it can't go on.
    """
    path = find_started(reference, runs_dir)
    if is_study(path):
        told = read_study(path)
        return Resumable(path, settings_of(told.settings, path), told.started)
    run = RunFolder(path)
    run.mend()
    if run.read_status().state is State.DIVERGED:
        raise RunError(f"{path} has diverged: to go on would lead to the same", hint="Train anew with other settings.")
    settings = recorded_settings(run)
    if settings.executor == "vmap":
        raise RunError(
            f"{path} was trained in the same steps as the other seeds of its study, and can only go on with them",
            hint=how_to_go_on(path.parent).removeprefix("To go on: "),
        )
    return Resumable(path, settings)


def resume(found: Resumable, observers: Sequence[Observer] = ()) -> TrainResult:
    """Go on with a run; one that has finished is returned as it is.

    Raises:
        FtcliError: as ``train``, or the data has changed since.
    """
    run = RunFolder(found.path)
    if run.is_finished:
        return recorded_result(wound_up(run))
    start = Start(Pace(found.settings.checkpoint_every), resume=True)
    return train_alone(found.settings, load_dataset(found.settings), found.path, observers, start)


def resume_study(found: Resumable, observer: StudyObserver | None = None) -> StudyResult:
    """Go on with all runs of a study that have not finished.

    Raises:
        FtcliError: as ``train_study``.
    """
    dataset = load_dataset(found.settings)
    return run_study(found.settings, dataset, found.path, observer or StudyObserver(), since=found.study_started)


def train_study(settings: TrainSettings, observer: StudyObserver | None = None) -> StudyResult:
    """Train once with each of ``settings.seeds``, into a folder that holds a run folder for each.

    Raises:
        FtcliError: nothing could be trained; a seed that fails by itself is told in the result.
    """
    recipe = settings.recipe()
    if settings.soup and not settings.save_model:
        raise UsageError("--soup needs the models that --no-save-model leaves out", hint="Leave one of them out.")
    dataset = load_dataset(settings)
    path = resolve_output(settings.runs_dir, dataset.task, settings.output, study_name(recipe.distinctive_names))
    return run_study(settings, dataset, path, observer or StudyObserver())


def train_campaign(
    variants: Sequence[Variant], observer: Callable[[TrainSettings], StudyObserver] | None = None
) -> CampaignResult:
    """Train several studies on the same data into one folder; what is there already is not trained again.

    Its folder is named by their techniques, or by ``output``, so that the same call goes on with the same campaign.

    Raises:
        FtcliError: as ``train_study``, or the folder holds another campaign.
    """
    first = variants[0].settings
    dataset = load_dataset(first)
    names = dict.fromkeys(name for each in variants for name in each.settings.recipe().distinctive_names)
    path = campaign_folder(first.runs_dir, dataset.task, first.output, study_name(list(names)))
    return run_campaign(variants, dataset, path, observer or (lambda _: StudyObserver()))


def plan(settings: TrainSettings) -> PlanSummary:
    """Return what a training would do, without doing it.

    Raises:
        FtcliError: as ``train`` would, before its first step.
    """
    settings.recipe()
    dataset = load_dataset(settings)
    from ftcli.engine.assembly import assemble
    from ftcli.engine.summary import summarise

    return summarise(settings, assemble(settings, dataset))


def download(name: str, settings: DownloadSettings, progress: Callable[[int, int | None], None] | None = None) -> Path:
    """Get a task's data, and return its folder; ``progress`` is told bytes done, and in all where known.

    Raises:
        UsageError: there is no task of that name.
        DownloadError: the data can't be had, or is not what it should be; what was there before still is.
    """
    from ftcli.tasks.download.install import install, make_demo

    task = find_task(name)
    if task.url is None and settings.source is None:
        rows = {"train": settings.train_rows, "dev": settings.dev_rows, "test": settings.test_rows}
        return make_demo(task, settings.data_dir, rows=rows, seed=settings.seed)
    return install(task, settings.data_dir, source=settings.source, progress=progress)


@dataclass(frozen=True)
class EvaluateResult:
    """Scores of a saved model (absent where the examples have no labels) and the files written."""

    model: Path
    split: str
    evaluation: Evaluation | None
    predictions: Path | None

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli eval --json`` prints."""
        scores = self.evaluation.model_dump(mode="json") if self.evaluation else {"split": self.split, "metrics": {}}
        return {"model": str(self.model), "predictions": str(self.predictions) if self.predictions else None, **scores}


def evaluate(settings: EvaluateSettings) -> EvaluateResult:
    """Judge the model of a run, or of any folder, on one split of its task.

    Scores and predictions are written into the run's folder, or into ``settings.output``.

    Raises:
        FtcliError: there is no such run, model, split or file, or they don't go together.
    """
    run, data = _subject(settings)
    max_length = settings.max_length or (data.max_length if isinstance(data, TrainSettings) else DEFAULT_MAX_LENGTH)
    dataset = load_dataset(data)
    split, examples = _examples(settings, data, dataset)
    place = RunFolder(settings.output) if settings.output else run
    if place is None and examples.labels is None:
        raise UsageError(
            f"the {split} examples have no labels, so there are only predictions to write",
            hint="Say where to, with --output FOLDER.",
        )
    from ftcli.engine.evaluation import Judge
    from ftcli.engine.reevaluation import SavedModel

    folder = settings.model or (run.model if run else Path())
    predictions = SavedModel(folder, dataset).predict(examples, settings, max_length)
    judge = Judge(dataset)
    if place is None:
        return EvaluateResult(folder, split, judge.judge(predictions, split, examples), None)
    evaluation = judge.write(place, split, predictions, examples, split)
    return EvaluateResult(folder, split, evaluation, place.predictions(split))


def _subject(settings: EvaluateSettings) -> tuple[RunFolder | None, DataSettings]:
    """Return the run to judge, if it is one, and the settings that name its data."""
    if settings.model is not None:
        return None, DataSettings(task=settings.task, data_dir=settings.data_dir or Path("data"))
    run = find_run(settings.run, settings.runs_dir)
    if not run.model.is_dir():
        raise RunError(f"{run.path} holds no model", hint="It has not finished, or was trained without saving it.")
    trained = recorded_settings(run)
    return run, trained.model_copy(update={"data_dir": settings.data_dir}) if settings.data_dir else trained


def recorded_settings(run: RunFolder) -> TrainSettings:
    """Return the settings that a run was trained with.

    Raises:
        RunError: settings.toml can't be read, or is not one of this version.
    """
    return settings_of(run.read_settings(), run.settings)


def settings_of(values: dict[str, Any], place: Path) -> TrainSettings:
    """Return settings that were recorded in a file.

    Raises:
        RunError: they are not those of this version.
    """
    try:
        return train_settings()(**values)
    except (ValidationError, UsageError) as error:
        raise RunError(f"{place}: these are no settings of this version of ftcli: {error}") from error


def _examples(settings: EvaluateSettings, data: DataSettings, dataset: Dataset) -> tuple[str, Examples]:
    if settings.file is not None:
        # A name of its own, so that its scores never pass for those of the data's own dev set.
        return f"file-{folder_name(settings.file.stem)}", load_file(settings.file, data, dataset.label_names)
    if settings.split not in dataset.splits:
        raise UsageError(
            f"--split: the data has no split '{settings.split}'", hint=f"There are: {', '.join(dataset.splits)}."
        )
    return settings.split, dataset.splits[settings.split]


def compare(settings: CompareSettings) -> Comparison:
    """Put all runs in and below some folders side by side.

    Raises:
        RunError: a folder does not exist or holds no run, or a run's file can't be read.
        UsageError: no recipe is called as the baseline is.
    """
    return compare_runs(settings.folders, settings.patterns, baseline=settings.baseline, tuned=settings.tuned_settings)


def write_page(comparison: Comparison, path: Path) -> None:
    """Write a comparison as one HTML file, with the texts of the examples where the data is at hand.

    Raises:
        RunError: the file can't be written, or a run's file can't be read.
    """
    from ftcli.page.page import render

    page = render(comparison, {table.task: _texts(table) for table in comparison.tables})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, page)
    except OSError as error:
        raise RunError(f"{path}: cannot write the report ({error.strerror or error})") from error


def _texts(table: Table) -> dict[str, str]:
    """Return the texts of the examples that a table's runs were judged on; none where the data is not at hand."""
    run = table.groups[0].runs[0]
    try:
        examples = load_dataset(recorded_settings(RunFolder(run.path))).splits[table.split]
    except FtcliError:
        return {}
    texts = examples.texts
    if examples.pairs is not None:
        texts = [f"{text} / {pair}" for text, pair in zip(texts, examples.pairs, strict=True)]
    return dict(zip(examples.ids, texts, strict=True))
