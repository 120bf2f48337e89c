"""Everything that an evaluation is told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.compute import WHICH_RUN, ComputeSettings, RunsFolderSettings
from ftcli.settings.data import DataDirOfRun
from ftcli.settings.form import FormSettings
from ftcli.settings.model import MaxLengthOfRun
from ftcli.settings.probabilities import ProbabilitySettings


class EvaluateSettings(CommandSettings, RunsFolderSettings, ComputeSettings, ProbabilitySettings, FormSettings):
    """What to evaluate."""

    run: str | None = Field(
        None,
        description=f"Run to evaluate: {WHICH_RUN}",
        json_schema_extra=THIS_CALL,
    )
    split: str = Field(
        "dev",
        description="Which part of the data: dev, test, train, select, or another that the task has.",
        json_schema_extra=THIS_CALL,
    )
    file: Path | None = Field(
        None,
        description="Evaluate on this file instead; it has the columns of the training file, or those that are told.",
        json_schema_extra=THIS_CALL,
    )
    label_column: str | None = Field(
        None, description="Column with the label in --file [default: the run's].", json_schema_extra=THIS_CALL
    )
    model: Path | None = Field(
        None,
        description="Evaluate this model folder, trained here or elsewhere, with --task.",
        json_schema_extra=THIS_CALL,
    )
    task: str | None = Field(
        None,
        description="The task to evaluate --model on: a known name, or a TOML file that describes one.",
        json_schema_extra=THIS_CALL,
    )
    data_dir: DataDirOfRun = None
    output: Path | None = Field(
        None,
        description="Folder to write scores and predictions to [default: the run's own].",
        json_schema_extra=THIS_CALL,
    )
    submission: Path | None = Field(
        None,
        description="Write the predictions to this file as well, as GLUE's server takes them.",
        json_schema_extra=THIS_CALL,
    )
    calibrate: bool = Field(
        False,
        description="Fit the run's temperature anew, on its selection set or else on dev, and keep it.",
        json_schema_extra=THIS_CALL,
    )
    tune_threshold: bool = Field(
        False,
        description="The same, and tune the threshold for the best score there; see --threshold.",
        json_schema_extra=THIS_CALL,
    )
    max_length: MaxLengthOfRun = None

    @model_validator(mode="after")
    def _run_or_model(self) -> EvaluateSettings:
        if self.model is not None and self.run is not None:
            raise ValueError("RUN and --model exclude each other: give one of them")
        if self.file is not None and "split" in self.model_fields_set:
            raise ValueError("--file and --split exclude each other: give one of them")
        of_the_file = {*FormSettings.model_fields, "label_column"}
        if self.file is None and (told := sorted(self.model_fields_set & of_the_file)):
            option = told[0].replace("_", "-")
            raise ValueError(f"--{option} says how --file is read, and there is none: add it, or leave that out")
        if (self.model is None) != (self.task is None):
            raise ValueError("--model and --task go together: the model to judge and the task to judge it on")
        if self.model is not None and (self.calibrate or self.tune_threshold):
            raise ValueError("--calibrate and --tune-threshold write to a run: give one in place of --model")
        return self

    @property
    def columns(self) -> dict[str, str]:
        """The columns of --file that are told."""
        told = {"text": self.text_column, "pair": self.pair_column, "label": self.label_column}
        return {name: column for name, column in told.items() if column is not None}
