"""What is learned from: a known task, one that a TOML file describes, or files of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, PositiveInt, model_validator

from ftcli.settings.form import DELIMITER, HEADER, PAIR_COLUMN, QUOTING, TEXT_COLUMN, Delimiter, Encoding
from ftcli.settings.names import elsewhere
from ftcli.tasks.reading.form import AUTO, Format, Quoting
from ftcli.tasks.reading.saved import is_saved
from ftcli.tasks.task import is_task_file

_OF_OWN_FILES = (
    *("dev_file", "test_file", "dev_fraction", "text_column", "pair_column", "label_column", "label_separator"),
    "positive_label",
    *("format", "delimiter", "encoding", "quoting", "header"),
)

_DATA_DIR = "Folder that downloaded tasks lie in"
DataDirOfRun = Annotated[Path | None, Field(description=f"{_DATA_DIR} [default: data, or the run's own].")]


def _is_data_file(task: Any) -> bool:
    """Say whether a task's name is that of a file, or of a saved data set, that is there."""
    return isinstance(task, str) and ((bool(Path(task).suffix) and Path(task).is_file()) or is_saved(Path(task)))


def _none_is_said(separator: Any) -> Any:
    return None if separator == "none" else separator


class DataSettings(BaseModel):
    """Data."""

    task: str | None = Field(
        None,
        description="Task to learn: a known name, or the name to give to your own files.",
        json_schema_extra=elsewhere("task_name", "dataset_name"),
    )
    task_file: Path | None = Field(
        None, description="Learn the task that this TOML file describes; TASK may be such a file, too."
    )
    data_dir: Path = Field(Path("data"), description=f"{_DATA_DIR}.")
    train_file: Path | None = Field(
        None,
        description="Train on this file of your own: .csv, .tsv, .jsonl, .json, .parquet or .arrow, compressed or not; "
        "a folder that Hugging Face's datasets saved; - for standard input, with --format.",
    )
    dev_file: Path | None = Field(
        None, description="Evaluate on this file.", json_schema_extra=elsewhere("validation_file", "eval_file")
    )
    test_file: Path | None = Field(None, description="A third file, for `ftcli eval --split test`; labels optional.")
    text_column: str = Field("text", description=f"{TEXT_COLUMN}; guessed where there is none of that name.")
    pair_column: str | None = Field(None, description=f"{PAIR_COLUMN}; guessed where --text-column is not given.")
    label_column: str = Field("label", description="Column with the label; guessed where there is none of that name.")
    format: Format = Field("auto", description="Format of your own files; auto goes by their names.")
    delimiter: Delimiter = Field(AUTO, description=f"{DELIMITER}; auto guesses it.")
    encoding: Encoding = Field(
        AUTO, description="How text is encoded, such as utf-8, utf-16 or cp1252; auto guesses it."
    )
    quoting: Quoting = Field("auto", description=QUOTING.format(".csv", ".tsv"))
    header: bool | None = Field(None, description=f"{HEADER}; guessed where neither is said.")
    regression: bool = Field(
        False, description="Labels are numbers to predict, not classes; guessed where neither is said."
    )
    label_separator: Annotated[str | None, BeforeValidator(_none_is_said)] = Field(
        None,
        min_length=1,
        description="An example may have several labels, or no label: what stands between them, such as '|', guessed "
        "where each of them stands alone, too; 'none' for labels that are whole. Lists in JSON and Parquet need none.",
    )
    positive_label: str | None = Field(
        None,
        description="Of two classes the one that f1, precision, recall and thresholds are about; by default the second "
        "in natural order.",
    )
    metric: str | None = Field(
        None,
        description="Score to select and compare by, in place of the task's own.",
        json_schema_extra=elsewhere("metric_for_best_model"),
    )
    dev_fraction: float | None = Field(
        None, gt=0, lt=1, description="Share of --train-file set aside as dev set (0.2 where there is no --dev-file)."
    )
    select_fraction: float = Field(
        0.0, ge=0, lt=1, description="Share of train set aside to choose the epoch on, so that dev is only reported."
    )
    train_size: PositiveInt | None = Field(
        None,
        description="Train on a stratified subset of this many examples.",
        json_schema_extra=elsewhere("max_train_samples"),
    )
    folds: int | None = Field(
        None,
        ge=2,
        le=1000,
        description="Cross-validation: train once for each of so many parts of train, which is held out as dev set; "
        "the parts have the same shares of the labels.",
    )
    fold: PositiveInt | None = Field(None, description="Train with this part held out alone, from 1 to --folds.")
    group_column: str | None = Field(
        None, description="Keep examples with the same value in this column in one part of --folds."
    )
    subset_seed: int = Field(
        0, ge=0, description="Seed of --train-size, --dev-fraction, --select-fraction and --folds."
    )

    @model_validator(mode="before")
    @classmethod
    def _a_task_may_be_a_file(cls, values: Any) -> Any:
        if isinstance(values, dict) and is_task_file(str(values.get("task"))) and not values.get("task_file"):
            return {**values, "task": None, "task_file": values["task"]}
        if isinstance(values, dict) and not values.get("train_file") and _is_data_file(values.get("task")):
            return {**values, "task": None, "train_file": values["task"]}
        return values

    @model_validator(mode="after")
    def _folds_fit(self) -> DataSettings:
        if self.folds is None:
            for name in ("fold", "group_column"):
                if getattr(self, name) is not None:
                    raise ValueError(f"--{name.replace('_', '-')} does nothing without --folds: add it as well")
        elif self.fold is not None and self.fold > self.folds:
            raise ValueError(f"--fold {self.fold} is more than the {self.folds} that --folds makes")
        elif self.dev_file is not None or self.dev_fraction is not None:
            given = "--dev-file" if self.dev_file is not None else "--dev-fraction"
            raise ValueError(f"--folds takes its dev sets from train, so that {given} does nothing: leave it out")
        return self

    @model_validator(mode="after")
    def _files_fit_together(self) -> DataSettings:
        if self.task_file is not None and self.train_file is not None:
            raise ValueError("a TOML file that describes a task and --train-file exclude each other: give one of them")
        if self.train_file is None:
            for name in _OF_OWN_FILES:
                if getattr(self, name) != type(self).model_fields[name].default:
                    option = "--" + name.replace("_", "-")
                    if self.task is not None and Path(self.task).suffix:
                        raise ValueError(f"{option} goes with files of your own, and there is no file {self.task}")
                    raise ValueError(f"{option} goes with --train-file; other tasks bring their own splits and columns")
        elif self.dev_file is not None and self.dev_fraction is not None:
            raise ValueError("--dev-file and --dev-fraction exclude each other: give one of them")
        if self.regression and self.label_separator is not None:
            raise ValueError("--regression and --label-separator exclude each other: a number, or several labels")
        return self
