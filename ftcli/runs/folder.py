"""One run's folder: where each file lies, and the small ones read and written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ftcli.errors import RunError
from ftcli.runs.calibration import Calibration
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.files import read_json, read_text, write_json, write_text
from ftcli.runs.manifest import write_manifest
from ftcli.runs.status import State, Status, now
from ftcli.runs.toml import to_toml

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class RunFolder:
    """The contract between the commands: train writes it, all others read it."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def settings(self) -> Path:
        """Everything resolved that the run was told."""
        return self.path / "settings.toml"

    @property
    def status(self) -> Path:
        """How the run stands."""
        return self.path / "status.json"

    @property
    def metrics(self) -> Path:
        """Losses, scores and learning rates, one JSON object a line, without any clock time."""
        return self.path / "metrics.jsonl"

    @property
    def timings(self) -> Path:
        """Clock times, one JSON object a line."""
        return self.path / "timings.jsonl"

    @property
    def trace(self) -> Path:
        """Where the time of a few steps went, where that was asked for."""
        return self.path / "trace.json"

    @property
    def model(self) -> Path:
        """The weights to use, with configuration, tokenizer and model card."""
        return self.path / "model"

    @property
    def last_model(self) -> Path:
        """The last weights, where `model` holds others and they were asked for."""
        return self.path / "model-last"

    @property
    def checkpoints(self) -> Path:
        """Folders to resume from."""
        return self.path / "checkpoints"

    @property
    def calibration(self) -> Path:
        """How far the model's probabilities are to be trusted, and the temperature that mends them."""
        return self.path / "calibration.json"

    @property
    def reliability(self) -> Path:
        """A picture of that."""
        return self.path / "reliability.svg"

    @property
    def evaluations(self) -> Path:
        """Scores and predictions."""
        return self.path / "evaluations"

    def evaluation(self, split: str) -> Path:
        """Give the file with the scores on a split ("dev"; "dev.last" for the last weights)."""
        return self.evaluations / f"{split}.json"

    def predictions(self, split: str) -> Path:
        """Give the file with the prediction for each example of a split."""
        return self.evaluations / f"{split}.predictions.jsonl"

    @property
    def is_run(self) -> bool:
        """Whether there is a run here: one of its first two files."""
        # Unlike Path.is_file, these do not raise for a name that no file system takes.
        return os.path.isfile(self.settings) or os.path.isfile(self.status)

    @property
    def is_finished(self) -> bool:
        """Whether the run has come to its end.

        Raises:
            RunError: its status can't be read.
        """
        return self.read_status().state is State.FINISHED

    @classmethod
    def create(cls, path: Path, settings: Mapping[str, Any], **details: Any) -> RunFolder:
        """Start a run folder: settings.toml first, then a status of running with `details` as further keys.

        Where the folder may be there already, hold its `lock`.

        Raises:
            RunError: a run is there, or the folder can't be written.
            UsageError: the settings can't be written as TOML.
        """
        run = cls(path)
        text = to_toml(settings)
        status = Status.model_validate({"state": State.RUNNING, "started": now(), **details})
        if run.is_run:
            raise RunError(f"{path} already holds a run")
        try:
            path.mkdir(parents=True, exist_ok=True)
            write_text(run.settings, text)
            run.write_status(status)
        except OSError as error:
            with suppress(OSError):
                run.settings.unlink()  # half a start would count as a run
            raise RunError(f"{path}: cannot start a run here ({error.strerror or error})") from error
        return run

    def read_settings(self) -> dict[str, Any]:
        """Read settings.toml.

        Raises:
            RunError: it is missing, unreadable or not TOML; the message names it.
        """
        try:
            return tomllib.loads(read_text(self.settings))
        except (ValueError, RecursionError) as error:
            raise RunError(f"{self.settings}: not valid TOML ({error})") from error

    def read_status(self) -> Status:
        """Read status.json.

        Raises:
            RunError: it is missing, unreadable or not a status; the message names it.
        """
        return _read(self.status, Status)

    def mend(self) -> None:
        """Write the status that a process has not come to, which was killed between the first two files.

        Raises:
            OSError: the disk refused.
        """
        if self.is_run and not os.path.lexists(self.status):
            self.write_status(Status(state=State.RUNNING, started=now()))

    def write_status(self, status: Status) -> None:
        """Replace status.json.

        Raises:
            OSError: the disk refused; the old status is untouched.
        """
        write_json(self.status, status.model_dump(mode="json"))

    def update_status(self, **values: Any) -> None:
        """Set or add keys of status.json.

        Raises:
            RunError: status.json is unreadable.
            OSError: the disk refused; the old status is untouched.
        """
        self.write_status(Status.model_validate({**self.read_status().model_dump(), **values}))

    def seal(self) -> None:
        """Write down the checksums of the models, so that damage to them is noticed (``ftcli runs verify``).

        Raises:
            OSError: the disk refused.
        """
        models = [self.model, self.last_model]
        write_manifest(self.path, [file for model in models for file in model.rglob("*") if file.is_file()])

    def score(self, split: str) -> Evaluation | None:
        """Read the evaluation on a split, or None where there is none.

        Raises:
            RunError: it is unreadable or not an evaluation; the message names it.
        """
        path = self.evaluation(split)
        return _read(path, Evaluation) if os.path.lexists(path) else None

    def read_calibration(self) -> Calibration | None:
        """Read calibration.json, or None where there is none.

        Raises:
            RunError: it is unreadable or not a calibration; the message names it.
        """
        return _read(self.calibration, Calibration) if os.path.lexists(self.calibration) else None

    def write_calibration(self, found: Calibration | None) -> None:
        """Write calibration.json and its picture, where there is something to write.

        Raises:
            OSError: the disk refused.
        """
        if found is not None:
            write_json(self.calibration, found.model_dump(mode="json", exclude_none=True))
            write_text(self.reliability, found.plot())


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "content"
        raise RunError(f"{path}: {place}: {first['msg']}") from error
