"""A task: a data set with its columns, labels and metric. Known tasks are the TOML files in ``known/``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import MOST_LABELS
from ftcli.tasks.reading.form import Quoting

Text = Annotated[str, StringConstraints(min_length=1)]
Checksum = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
SplitName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class SplitFile(BaseModel):
    """One file of a task: where its rows are and how many there must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Text
    url: Text | None = Field(None, description="where this file is downloaded from, if not in the task's archive")
    sha256: Checksum | None = Field(None, description="of what is downloaded from there")
    rows: int | None = Field(None, ge=1, description="expected rows, header not counted; absent: any number")
    columns: tuple[Text, ...] | None = Field(None, description="names of the columns where there is no header")
    labelled: bool = True
    may_be_empty: bool = Field(False, description="whether a text may be empty; where labelled is false, it may")
    broken: int = Field(
        0, ge=0, description="at most so many rows lack a field, or have one too many, and are left out on download"
    )

    @property
    def original(self) -> str:
        """Its name where it comes from."""
        return urlsplit(self.url).path.rpartition("/")[2] if self.url else self.file


class TaskDescription(BaseModel):
    """What is learned, read from where, and judged how: the content of a task's TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    folder: Text = Field(
        ".", description="what is downloaded: folder of the data directory, and of the archive; else seen from the TOML"
    )
    url: Text | None = Field(None, description="archive to download")
    sha256: Checksum | None = Field(None, description="of the archive")
    kind: Kind = "classification"
    text: Text
    pair: Text | None = None
    label: Text
    labels: dict[str, Text] = Field(
        default_factory=dict, description="raw label -> name, in the order of the classes; empty: read from the data"
    )
    label_separator: Text | None = Field(
        None, description="what stands between the labels of an example that has several: of kind multilabel alone"
    )
    bounds: tuple[float, float] | None = Field(
        None, description="lowest and highest value of a regression: a submission is clipped to them"
    )
    metric: Text
    quoting: Quoting = "auto"
    dev_fraction: float | None = Field(
        None, gt=0, lt=1, description="share of train that is the dev set, where no file is"
    )
    splits: dict[SplitName, SplitFile]

    @property
    def is_downloaded(self) -> bool:
        """Whether there is an address to get it from."""
        return self.url is not None or any(split.url for split in self.splits.values())

    @model_validator(mode="after")
    def _is_whole(self) -> TaskDescription:
        columns = [column for column in (self.text, self.pair, self.label) if column is not None]
        if len(set(columns)) < len(columns):
            raise ValueError("text, pair and label must name different columns")
        if "train" not in self.splits:
            raise ValueError("splits: there is no train")
        if "select" in self.splits:
            raise ValueError("splits.select: this name is taken by what --select-fraction sets aside")
        if unlabelled := [name for name in ("train", "dev") if name in self.splits and not self.splits[name].labelled]:
            raise ValueError(f"splits.{unlabelled[0]}.labelled: this split needs its labels")
        return self

    @model_validator(mode="after")
    def _labels_are_classes(self) -> TaskDescription:
        if self.kind == "regression" and self.labels:
            raise ValueError("labels: a regression has none")
        if (self.kind == "multilabel") != (self.label_separator is not None):
            raise ValueError("label_separator: goes with kind = 'multilabel', and that with it")
        if len(self.labels) > MOST_LABELS and self.kind == "multilabel":
            raise ValueError(f"labels: an example may have several of at most {MOST_LABELS}")
        if self.bounds and (self.kind != "regression" or not self.bounds[0] < self.bounds[1]):
            raise ValueError("bounds: the lowest and the highest value, of a regression alone")
        if self.labels and len(set(self.labels.values())) < max(2, len(self.labels)):
            raise ValueError("labels: there must be two or more, each with a name of its own")
        return self

    @model_validator(mode="after")
    def _stays_in_its_folder(self) -> TaskDescription:
        """What is downloaded replaces a folder: its paths are plain names, whoever wrote them."""
        if not self.is_downloaded:
            for name, split in self.splits.items():
                if split.broken:
                    raise ValueError(f"splits.{name}.broken: rows are left out of what is downloaded alone")
        else:
            if not _is_plain_name(self.folder):
                raise ValueError("folder: a task that is downloaded needs a folder of its own, given by a plain name")
            for name, split in self.splits.items():
                if not _is_plain_name(split.file):
                    raise ValueError(f"splits.{name}.file: a file that is downloaded has a plain name")
                if (self.url is None) == (split.url is None):
                    raise ValueError(f"splits.{name}.url: either the task has an address, or each of its files")
        return self


class Task(TaskDescription):
    """A task with its name; ``home`` is the folder of the user's own TOML file that describes it."""

    name: str
    home: Path | None = None

    def place(self, data_dir: Path) -> Path:
        """Return the folder that its files lie in."""
        return data_dir / self.folder if self.home is None or self.is_downloaded else self.home / self.folder


def is_task_file(name: str) -> bool:
    """Whether it is the path of a TOML file, and no name."""
    return name.lower().endswith(".toml")


def _is_plain_name(name: str) -> bool:
    return Path(name).name == name and not name.startswith(".") and name.isprintable() and "\\" not in name
