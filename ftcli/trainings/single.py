"""One training, into one run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ftcli.calibration.threshold import check_threshold
from ftcli.checks.finding import Finding, findings_as_json
from ftcli.engine.driving import Executor, Training, drive
from ftcli.engine.observers import Observer, Observers
from ftcli.engine.pace import Start
from ftcli.engine.speed import Speed
from ftcli.engine.trained import Trained
from ftcli.errors import RunError
from ftcli.interrupts import deferred
from ftcli.models.places import fingerprint
from ftcli.runs.evaluation import Metrics
from ftcli.runs.facts import differences, facts
from ftcli.runs.folder import RunFolder
from ftcli.runs.workspace import opened_run, reopened_run, replaced_by
from ftcli.settings.train import TrainSettings
from ftcli.shortage import shortage_explained
from ftcli.tasks.dataset import Dataset

if TYPE_CHECKING:
    from ftcli.engine.state import TrainState


@dataclass(frozen=True)
class TrainResult:
    """A finished run: where it lies, what it scored, and what is odd in its data (None where that was not asked)."""

    run: RunFolder
    trained: Trained
    warnings: Sequence[Finding] | None = None

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.run.path

    @property
    def score(self) -> float | None:
        """The task's main metric on the dev set; None where it is not defined."""
        return self.trained.evaluation.score

    @property
    def metrics(self) -> Metrics:
        """All metrics on the dev set, by name."""
        return self.trained.evaluation.metrics

    @property
    def predictions(self) -> Path:
        """The file with the prediction for each example of the dev set, a JSON object a line."""
        return self.run.predictions("dev")

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --json`` prints."""
        trained = self.trained
        return {
            "run": str(self.run.path),
            "model": str(self.run.model) if self.run.model.is_dir() else None,
            "kept": trained.kept,
            "selected_on": trained.selected_on,
            "selected_score": trained.selected_score,
            "steps": trained.steps,
            "best_step": trained.best_step,
            "train_seconds": round(trained.train_seconds, 3),
            "speed": asdict(trained.speed),
            "collapsed": trained.collapsed,
            **trained.evaluation.model_dump(mode="json"),
            "data_warnings": findings_as_json(self.warnings),
            "last": trained.last.model_dump(mode="json") if trained.last else None,
            "calibration": trained.calibration.model_dump(mode="json") if trained.calibration else None,
        }


def recorded_result(run: RunFolder) -> TrainResult:
    """Return what came out of a finished run, as its files tell.

    Raises:
        RunError: a file is missing or damaged.
    """
    status = run.read_status()
    evaluation, facts = run.score("dev"), status.model_extra or {}
    try:
        assert evaluation is not None
        speed = TypeAdapter(Speed).validate_python(facts["speed"], extra="forbid")
        numbers = {name: facts[name] for name in ("steps", "best_step", "kept", "selected_on", "selected_score")}
    except (AssertionError, KeyError, ValidationError):
        raise RunError(f"{run.path}: what the run scored is not whole", hint="Train anew, with --overwrite.") from None
    numbers["calibration"] = run.read_calibration()
    trained = Trained(evaluation, run.score("dev.last"), bool(status.collapsed), speed=speed, **numbers)
    return TrainResult(run, trained)


def train_alone(
    settings: TrainSettings, dataset: Dataset, path: Path, observers: Sequence[Observer], start: Start
) -> TrainResult:
    """Train under the executor of the settings, or under that which is best on the device.

    Raises:
        FtcliError: the run can't start, or diverges.
    """

    def executor_for(state: TrainState) -> Executor:
        from ftcli.engine.executors import executor_of

        return executor_of(state, settings.executor, Observers(observers).notice)

    return drive(training(settings, dataset, path, observers, start), executor_for)


def training(
    settings: TrainSettings, dataset: Dataset, path: Path, observers: Sequence[Observer], start: Start
) -> Training[TrainResult]:
    """Train into a run folder; a generator that is to be driven (see ``ftcli.engine.driving``)."""
    if settings.tune_threshold:
        check_threshold("--tune-threshold", dataset.kind, len(dataset.label_names))
    now = facts(dataset.checksum)
    before = _Before.of(path, start)
    if start.resume:
        before.refuse_others(settings, now)
    before.tell(now, Observers(observers))
    if start.resume:
        opened = reopened_run(path)
        final = replaced_by(path, RunFolder(path).read_status()) or path
    else:
        resolved = settings.model_copy(update={"task": dataset.task}).resolved()
        started = {
            "race": [] if start.rung else None,
            "data_warnings": [each.message for each in start.warnings or ()],
        }
        opened = opened_run(path, resolved, overwrite=settings.overwrite, **now, **started)
        final = path
    with opened as folder:
        # Only now, so that what is to be done is on disk even if the process ends while torch loads; and an import that
        # is interrupted may end with any error.
        with deferred() as request:
            from ftcli.engine.run import TrainingRun
        request.raise_if_made()

        with shortage_explained():
            run = TrainingRun(before.with_threads(settings), dataset, folder)
            before.tell(run.setup, Observers(observers))
            trained = yield from run.training(observers, start)
    return TrainResult(RunFolder(final), trained, start.warnings)


@dataclass(frozen=True)
class _Before:
    """What is recorded of the run that goes on, or that is repeated; nothing, where neither is."""

    path: Path
    recorded: dict[str, Any]
    words: str = ""

    @classmethod
    def of(cls, path: Path, start: Start) -> _Before:
        if start.resume:
            words = "The result may differ in its last digits"
            return cls(path, RunFolder(path).read_status().model_dump(), words)
        if start.like is not None:
            words = f"The result may not be that of {start.like.path}"
            return cls(start.like.path, start.like.read_status().model_dump(), words)
        return cls(path, {})

    def tell(self, now: dict[str, Any], observer: Observer) -> None:
        """Tell what is not as it was."""
        for each in differences(self.recorded, now):
            observer.notice(f"{self.words}: {each}.")

    def refuse_others(self, settings: TrainSettings, now: dict[str, Any]) -> None:
        """Check that the data and the pretrained model, of which unused rows are taken at the end, are what they were.

        Raises:
            RunError: they are not.
            ModelError: the model is not there any more.
        """
        recorded = self.recorded.get("pretrained")
        changed = [
            *(["data has"] if self.recorded.get("data", now["data"]) != now["data"] else []),
            *(["pretrained model has"] if recorded and recorded != fingerprint(settings.model) else []),
        ]
        if changed:
            raise RunError(
                f"{self.path} can't go on: its {' and its '.join(changed)} changed since it started",
                hint="Put the files back as they were, or train anew.",
            )

    def with_threads(self, settings: TrainSettings) -> TrainSettings:
        """Return the settings with the number of threads that there were, where they name none."""
        threads = self.recorded.get("threads")
        if settings.threads or not isinstance(threads, int):
            return settings
        return settings.model_copy(update={"threads": threads})
