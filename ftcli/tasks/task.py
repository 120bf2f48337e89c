"""A task: a data set with its columns, labels and metric. Known tasks are the TOML files in ``known/``."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ftcli.errors import UsageError

Kind = Literal["classification", "regression"]


class SplitFile(BaseModel):
    """One file of a task: where its rows are and how many there must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    rows: int | None = Field(None, description="expected rows, header not counted; absent: any number")
    columns: tuple[str, ...] | None = Field(None, description="names of the columns where there is no header")
    labelled: bool = True


class Task(BaseModel):
    """What is learned, read from where, and judged how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    folder: str = Field(description="folder of the data directory, and of the archive")
    url: str | None = Field(None, description="archive to download; absent: made on the spot")
    kind: Kind = "classification"
    text: str
    pair: str | None = None
    label: str
    labels: dict[str, str] = Field(
        default_factory=dict, description="raw label -> name, in the order of the classes; empty: read from the data"
    )
    metric: str
    splits: dict[str, SplitFile]


@cache
def known_tasks() -> dict[str, Task]:
    """Every task that ftcli knows by name, in alphabetical order."""
    files = resources.files("ftcli.tasks") / "known"
    tasks = [
        Task(name=file.name.removesuffix(".toml"), **tomllib.loads(file.read_text(encoding="utf-8")))
        for file in files.iterdir()
        if file.name.endswith(".toml")
    ]
    return {task.name: task for task in sorted(tasks, key=lambda task: task.name)}


def find_task(name: str) -> Task:
    """Return the known task of that name, whatever its case.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    tasks = known_tasks()
    if name.lower() in tasks:
        return tasks[name.lower()]
    near = difflib.get_close_matches(name.lower(), tasks, n=1)
    raise UsageError(
        f"unknown task '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        hint=f"Known tasks: {', '.join(tasks)}. For files of your own use --train-file.",
    )
