"""What a comparison found, as data: `ftcli compare --json` prints it, the console shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ftcli.runs.status import State


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True)


class ComparedRun(Part):
    """One run of a group."""

    path: Path
    seed: int | None
    state: State
    collapsed: bool = Field(description="finished, yet gives every example the same label")
    score: float | None = Field(description="the table's metric; None where it did not finish or is not defined")
    train_seconds: float | None


class Counts(Part):
    """How many of a group's runs ended how."""

    finished: int = Field(description="collapsed ones included")
    collapsed: int
    diverged: int
    failed: int = Field(description="stopped by an error, not by the training itself")
    interrupted: int
    running: int


class Group(Part):
    """Runs that differ in their seed alone. Scores, mean and so on are of the finished runs, on dev."""

    label: str
    recipe: list[str]
    settings: dict[str, Any] = Field(description="those that another group of the table has otherwise")
    runs: list[ComparedRun]
    seeds: list[int | None] = Field(description="of the runs in `scores`")
    scores: list[float]
    mean: float | None
    standard_deviation: float | None
    best: float | None
    worst: float | None
    median: float | None
    metrics: dict[str, float | None] = Field(description="mean of each metric")
    majority: float | None = Field(description="score of always giving the most frequent label")
    examples: int | None = Field(description="examples in dev; None where unknown or not the same for all")
    counts: Counts
    failures: int = Field(description="trainings that came to nothing by themselves: collapsed or diverged")
    train_seconds: float | None = Field(description="mean over the runs in `scores`")


class Table(Part):
    """All groups of one task."""

    task: str
    split: str
    metric: str | None = Field(description="None where no run has been evaluated")
    groups: list[Group]
    notes: list[str] = Field(description="what speaks against taking the numbers as they are")


class Comparison(Part):
    """A table for each task."""

    tables: list[Table]
    notes: list[str]
