"""Judge a model again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.api.cards import renew_card
from ftcli.api.probabilities import Adjustment, adjustment, check_settings
from ftcli.calibration.threshold import check_threshold, in_order
from ftcli.checks.seen import seen_in
from ftcli.data.reading import Reading
from ftcli.errors import DataError, ModelError, RunError, UsageError
from ftcli.runs.calibration import Calibration
from ftcli.runs.catalogue import find_run
from ftcli.runs.evaluation import Evaluation, Metrics
from ftcli.runs.files import write_text
from ftcli.runs.folder import RunFolder
from ftcli.runs.naming import folder_name
from ftcli.runs.recorded import recorded_settings
from ftcli.settings.data import DataSettings
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.settings.model import DEFAULT_MAX_LENGTH
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.load import load_dataset, load_file
from ftcli.tasks.reading.form import Form
from ftcli.tasks.sources import check_pair_column, source_told
from ftcli.tasks.submission import submission

if TYPE_CHECKING:
    from ftcli.engine.prediction import Predictions
    from ftcli.engine.reevaluation import SavedModel


@dataclass(frozen=True)
class EvaluateResult:
    """Scores of a saved model (absent where the examples have no labels) and the files written.

    Where a further file was judged, ``form`` is how it was read, and ``blank`` are the lines of rows with nothing in
    any field: they were skipped; ``seen`` are how many of its texts the run was trained on, None where its data can't
    tell. ``data_changed``: since the run was trained, though not in what the examples are.
    """

    model: Path
    split: str
    evaluation: Evaluation | None
    predictions: Path | None
    submission: Path | None = None
    calibration: Calibration | None = None
    adjustment: Adjustment = field(default_factory=Adjustment)
    blank: tuple[int, ...] = ()
    form: Form | None = None
    data_changed: bool = False
    seen: int | None = None

    @property
    def score(self) -> float | None:
        """The task's main metric; None where it is not defined, or there are no labels."""
        return self.evaluation.score if self.evaluation else None

    @property
    def metrics(self) -> Metrics:
        """All metrics by name; none where there are no labels."""
        return self.evaluation.metrics if self.evaluation else {}

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli eval --json`` prints."""
        scores = self.evaluation.model_dump(mode="json") if self.evaluation else {"split": self.split, "metrics": {}}
        files = {"predictions": self.predictions, "submission": self.submission}
        shown = {name: str(path) if path else None for name, path in files.items()}
        calibration = self.calibration.model_dump(mode="json") if self.calibration else None
        own = {"calibration": calibration, "blank": list(self.blank), "data_changed": self.data_changed}
        read = {"form": self.form.as_json() if self.form else None, "seen": self.seen}
        return {"model": str(self.model), **shown, **scores, **own, **read, **self.adjustment.as_json()}


def evaluate(settings: EvaluateSettings) -> EvaluateResult:
    """Judge the model of a run, or of any folder, on one split of its task.

    Scores and predictions are written into the run's folder, or into ``settings.output``. The calibration is the run's
    own, with its errors on this split.

    Raises:
        FtcliError: there is no such run, model, split or file, or they don't go together.
    """
    run, data = _subject(settings)
    reading = data.reading if isinstance(data, TrainSettings) else Reading(DEFAULT_MAX_LENGTH)
    if settings.max_length:
        reading = replace(reading, max_length=settings.max_length)
    dataset = load_dataset(data)
    changed = run is not None and _has_changed(run, dataset, settings, data)
    if settings.submission is not None and dataset.kind == "multilabel":
        raise UsageError(
            "--submission: GLUE's server takes one label an example, and here they may have several",
            hint="The file of predictions has all of them.",
        )
    split, examples = _examples(settings, data, dataset)
    place = RunFolder(settings.output) if settings.output else run
    if place is None and examples.labels is None and settings.submission is None:
        raise UsageError(
            f"the {split} examples have no labels, so there are only predictions to write",
            hint="Say where to, with --output FOLDER.",
        )
    from ftcli.engine.calibrating import Judged, errors
    from ftcli.engine.evaluation import Judge
    from ftcli.engine.reevaluation import SavedModel

    folder = settings.model or (run.model if run else Path())
    model = SavedModel(folder, settings, reading)
    if model.kind != dataset.kind:
        message = (
            f"{folder} does not answer this task: it is a model for {model.kind}, and the task one of {dataset.kind}"
        )
        raise ModelError(message, hint="Give the model and the task that belong together.")
    if run is not None and (settings.calibrate or settings.tune_threshold):
        _calibrate(run, model, dataset, tune=settings.tune_threshold)
    check_settings(settings, dataset.kind, len(dataset.label_names))
    adjusted = adjustment(settings, [run] if run else [])
    plain = model.predict(model.encode(examples), dataset.label_names)
    calibration = run.read_calibration() if run and examples.labels is not None else None
    if calibration is not None:
        measured = errors(Judged(split, plain, examples), calibration.temperature)
        calibration = calibration.model_copy(update=dict(measured))
    predictions = _adjusted(plain, adjusted, dataset)
    if settings.submission is not None:
        _write_submission(settings.submission, submission(dataset, predictions.answers))
    judge, evaluation, name = Judge(dataset), None, _file_name(split, settings)
    if place is not None:
        evaluation = judge.write(place, name, predictions, examples, split)
    elif examples.labels is not None:
        evaluation = judge.judge(predictions, split, examples)
    written = place.predictions(name) if place else None
    result = EvaluateResult(
        *(folder, split, evaluation, written, settings.submission, calibration, adjusted),
        data_changed=changed and settings.file is None,
    )
    return _with_file(result, examples, None if run is None or changed else dataset) if settings.file else result


def _with_file(result: EvaluateResult, examples: Examples, trained_on: Dataset | None) -> EvaluateResult:
    """Add what there is to know of a further file."""
    seen = None if trained_on is None else seen_in(trained_on.splits["train"], examples)
    return replace(result, blank=tuple(examples.blank), form=examples.form, seen=seen)


def _has_changed(run: RunFolder, dataset: Dataset, settings: EvaluateSettings, data: DataSettings) -> bool:
    """Say whether a run's data is another than it was.

    Raises:
        DataError: it is, and the examples that are asked for would be drawn from train anew.
    """
    recorded = (run.read_status().model_extra or {}).get("data")
    if recorded is None or recorded == dataset.checksum:
        return False
    if settings.file is not None:
        return True
    asked = [settings.split, *(["select", "dev"] if settings.calibrate or settings.tune_threshold else [])]
    if drawn := [name for name in asked if name in dataset.splits and name not in source_told(data).files]:
        raise DataError(
            f"the data has changed since the run was trained, and its {drawn[0]} examples would be drawn from train "
            "anew: the model has learned from some of them",
            hint="Put the files back as they were, give other examples with --file, or train anew.",
        )
    return True


def _adjusted(plain: Predictions, adjusted: Adjustment, dataset: Dataset) -> Predictions:
    calibrated = plain.calibrated(adjusted.temperatures[0]) if adjusted.temperatures else plain
    return replace(calibrated, thresholds=in_order(adjusted.threshold, dataset.label_names))


def _calibrate(run: RunFolder, model: SavedModel, dataset: Dataset, *, tune: bool) -> None:
    """Fit the temperature anew, and the threshold where it is to be tuned, and keep them with the run.

    Raises:
        UsageError: the task has not the labels for it.
    """
    from ftcli.engine.calibrating import Judged, calibrate

    if tune:
        check_threshold("--tune-threshold", dataset.kind, len(dataset.label_names))
    judged = {
        name: Judged(name, model.predict(model.encode(examples), dataset.label_names), examples)
        for name, examples in dataset.splits.items()
        if name in ("select", "dev")
    }
    found = calibrate(judged.get("select", judged["dev"]), judged["dev"], dataset, tune=tune)
    if found is None:
        raise UsageError("--calibrate: there are no probabilities: the model gives a number, or has diverged")
    before = run.read_calibration()
    if before is not None and not tune:
        kept = {name: value for name, value in before if name.startswith("threshold")}
        found = found.model_copy(update=kept)
    run.write_calibration(found)
    renew_card(run)


def _file_name(split: str, settings: EvaluateSettings) -> str:
    """Return what the scores are filed under: those of changed answers never pass for the run's own."""
    return split + ".calibrated" * settings.calibrated + ".threshold" * (settings.threshold is not None)


def _write_submission(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise RunError(f"{path}: cannot write the submission ({error.strerror or error})") from error


def _subject(settings: EvaluateSettings) -> tuple[RunFolder | None, DataSettings]:
    """Return the run to judge, if it is one, and the settings that name its data."""
    if settings.model is not None:
        return None, DataSettings(task=settings.task, data_dir=settings.data_dir or Path("data"))
    run = find_run(settings.run, settings.runs_dir)
    if not run.model.is_dir():
        raise RunError(f"{run.path} holds no model", hint="It has not finished, or was trained without saving it.")
    trained = recorded_settings(run)
    return run, trained.model_copy(update={"data_dir": settings.data_dir}) if settings.data_dir else trained


def _examples(settings: EvaluateSettings, data: DataSettings, dataset: Dataset) -> tuple[str, Examples]:
    if settings.file is not None:
        # A name of its own, so that its scores never pass for those of the data's own dev set.
        check_pair_column(settings.pair_column, pairs=dataset.pairs)
        examples = load_file(settings.file, data, dataset.label_names, settings.form, settings.columns)
        return f"file-{folder_name(settings.file.stem)}", examples
    if settings.split not in dataset.splits:
        raise UsageError(
            f"--split: the data has no split '{settings.split}'", hint=f"There are: {', '.join(dataset.splits)}."
        )
    return settings.split, dataset.splits[settings.split]
