"""Everything that a prediction is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, model_validator

from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.compute import ComputeSettings, RunsFolderSettings
from ftcli.settings.form import HEADER, FormSettings
from ftcli.settings.model import MaxLengthOfRun
from ftcli.settings.probabilities import ProbabilitySettings
from ftcli.tasks.reading.form import AUTO, COMPRESSED, HINTS, WHOLE, Format, named_format
from ftcli.wording import command

_PACKED = (*COMPRESSED, ".zst", ".zip")


class PredictSettings(CommandSettings, RunsFolderSettings, ComputeSettings, ProbabilitySettings, FormSettings):
    """What to predict."""

    run: str | None = Field(
        None,
        description="Run whose model answers: name, TASK/NAME, path or latest (the default); of a study all models "
        "answer together.",
        json_schema_extra=THIS_CALL,
    )
    file: Path | None = Field(
        None,
        description="File with the texts; - or nothing: standard input.",
        json_schema_extra=THIS_CALL,
    )
    model: Path | None = Field(
        None, description="Let this model folder answer, trained here or elsewhere.", json_schema_extra=THIS_CALL
    )
    format: Format = Field(
        "auto",
        description="How the texts are given: one a line (txt), in columns, or as JSON objects; auto goes by the "
        "file's name, and takes standard input for txt.",
        json_schema_extra=THIS_CALL,
    )
    header: bool | None = Field(
        None,
        description=f"{HEADER}, and the first is the text, the second the other text of a pair, if the run's own files "
        "have a header [default: as in these].",
        json_schema_extra=THIS_CALL,
    )
    id_column: str | None = Field(
        None,
        description="Column that says what a row is called, which its answer repeats [default: id, where there is one; "
        "else rows are numbered from 0].",
        json_schema_extra=THIS_CALL,
    )
    to: Literal["auto", "jsonl", "csv"] = Field(
        "auto",
        description="How the answers are written; auto goes by the name of --output, else jsonl.",
        json_schema_extra=THIS_CALL,
    )
    output: Path | None = Field(
        None, description="File to write the answers to [default: standard output].", json_schema_extra=THIS_CALL
    )
    with_text: bool = Field(False, description="Repeat the texts beside the answers.", json_schema_extra=THIS_CALL)
    chunk_size: PositiveInt = Field(
        4096, description="Texts that are read, sorted by length and answered at a time; 1 answers each at once."
    )
    max_length: MaxLengthOfRun = None

    @model_validator(mode="before")
    @classmethod
    def _model_leaves_one_argument(cls, values: object) -> object:
        """Beside --model the one argument is the file."""
        if isinstance(values, dict) and values.get("model") is not None and "file" not in values:
            return {**{key: value for key, value in values.items() if key != "run"}, "file": values.get("run")}
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> PredictSettings:
        if self.model is not None and self.run is not None:
            raise ValueError("RUN and --model exclude each other: give one of them")
        if self.run is not None and self.file is None and os.path.isfile(self.run):
            raise ValueError(
                f"RUN: {self.run} is a file; say which run is to answer it: {command('predict', 'RUN', self.run)}"
            )
        if self.source is None and self.format in WHOLE:
            raise ValueError(f"--format {self.format} is read as a whole: give it as a file, not as standard input")
        if self.encoding != AUTO and "\n".encode(self.encoding) != b"\n":
            raise ValueError(f"--encoding: the lines of {self.encoding} can't be told apart in a stream; use iconv")
        if self.output is not None and self.output.suffix.lower() in _PACKED:
            raise ValueError(f"--output: answers are written as they are, not as {self.output.suffix}: leave it off")
        if self.output is not None and self.source is not None and _is_same_file(self.output, self.source):
            raise ValueError(f"--output: {self.output} is the file with the texts, which the answers would replace")
        if self.output is not None and self.to == "auto" and self.output.suffix.lower() in HINTS:
            raise ValueError(f"--output: answers are written as jsonl or csv, not as {self.output.suffix}")
        named = None if self.output is None or self.output.is_dir() else named_format(self.output)
        if self.to == "auto" and named not in (None, "csv", "jsonl", "json"):
            raise ValueError(f"--output: answers are written as jsonl or csv, not as {named}: say --to")
        if self.header is False and self.input_format not in ("csv", "tsv"):
            raise ValueError("--no-header goes with the formats tsv and csv: the others have no header")
        return self

    @property
    def source(self) -> Path | None:
        """The file to read; None for standard input."""
        return None if self.file is None or self.file == Path("-") else self.file

    @property
    def input_format(self) -> str:
        """The format of the texts, as far as it is told or the file's name tells; else empty."""
        if self.format != "auto":
            return self.format
        if self.source is None:
            return "txt"
        return named_format(self.source) or ""

    @property
    def output_format(self) -> str:
        """The format of the answers."""
        if self.to != "auto":
            return self.to
        return "csv" if self.output is not None and self.output.suffix.lower() == ".csv" else "jsonl"


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there
        return False
