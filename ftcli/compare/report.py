"""What a comparison found, as data: `ftcli compare --json` prints it, the console shows it."""

from __future__ import annotations

from enum import StrEnum
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
    fold: int | None = Field(
        None, description="which part of train it was judged on, where that is one fold of several"
    )
    state: State
    collapsed: bool = Field(description="finished, yet gives every example the same label")
    score: float | None = Field(description="the table's metric; None where it did not finish or is not defined")
    train_seconds: float | None

    @property
    def name(self) -> str:
        """Which of its group it is."""
        return f"seed {self.seed}" if self.fold is None else f"fold {self.fold}"


class Counts(Part):
    """How many of a group's runs ended how."""

    finished: int = Field(description="collapsed ones included")
    collapsed: int
    exploded: int = Field(description="a gradient norm was a hundred times the usual one, however the run ended")
    diverged: int
    failed: int = Field(description="stopped by an error, not by the training itself")
    interrupted: int
    stopped: int = Field(description="by the race of their study, since others scored better")
    running: int


class Verdict(StrEnum):
    """What is proven of a recipe."""

    BETTER = "better"
    WORSE = "worse"
    NOT_PROVEN = "not proven"


class Against(Part):
    """A recipe against the baseline. Where it can't be tested only the verdict and its reason are there."""

    verdict: Verdict
    reason: str
    difference: float | None = Field(None, description="mean score less the baseline's")
    low: float | None = Field(None, description="low end of the difference's 95% interval over seeds and examples")
    high: float | None = Field(None, description="its high end")
    p_value: float | None = None
    adjusted_p_value: float | None = Field(None, description="corrected for the number of recipes (Holm)")
    smallest_provable: float | None = Field(
        None, description="the true difference that these seeds would prove with a power of 80%"
    )
    seeds_to_prove: int | None = Field(
        None, description="seeds of each that would prove this difference with that power; None where none would"
    )
    almost_stochastic_order: float | None = Field(
        None, description="bound of the violation ratio; below 0.5 the recipe is almost stochastically dominant"
    )


class Group(Part):
    """Runs that differ in their seed, or their fold, alone. Scores, mean and so on are of the finished runs, on dev."""

    label: str
    recipe: list[str]
    race: bool = Field(False, description="the runs that finished were picked by their scores")
    settings: dict[str, Any] = Field(description="those that another group of the table has otherwise")
    runs: list[ComparedRun]
    seeds: list[int | None] = Field(description="of the runs in `scores`")
    folds: list[int | None] = Field(default_factory=list, description="of these, too; None for one that is no fold")
    scores: list[float]
    mean: float | None
    standard_deviation: float | None
    best: float | None
    worst: float | None
    median: float | None
    expected_best: list[float] = Field(description="expected best score of 1, 2, ... runs")
    metrics: dict[str, float | None] = Field(description="mean of each metric")
    majority: float | None = Field(description="score of always giving the most frequent label; the mean over folds")
    linear: float | None = Field(None, description="score of TF-IDF features and a linear model, likewise")
    examples: int | None = Field(description="examples in dev; None where unknown or not the same for all")
    counts: Counts
    failures: int = Field(description="trainings that came to nothing: diverged, collapsed, or no better than majority")
    train_seconds: float | None = Field(description="mean over the runs in `scores`")
    against: Against | None = Field(None, description="beside the table's baseline; None for the baseline itself")


class Growth(Part):
    """What more training examples bring to a recipe that was trained on several sizes."""

    recipe: list[str]
    sizes: list[int] = Field(description="training examples, ascending")
    gain: float = Field(description="by how much a doubling makes the score better, between the two largest sizes")
    low: float | None = Field(description="low end of its 95% interval over seeds and examples")
    high: float | None
    reason: str | None = Field(description="why there is no interval")

    @property
    def in_words(self) -> str:
        """What a doubling of the training examples brought, and whether more are likely to help."""
        smaller, larger = self.sizes[-2:]
        recipe = " + ".join(self.recipe) or "the baseline"
        brought = f"More examples for {recipe}: from {smaller:,} to {larger:,} a doubling brought {self.gain:+.4f}"
        if self.low is None or self.high is None:
            return f"{brought} ({self.reason})"
        helps = "more are likely to help" if self.low > 0 else "it is not proven that more would help"
        return f"{brought}, 95% interval {self.low:+.4f} to {self.high:+.4f}: {helps}"


class Spread(Part):
    """Where the spread of a recipe comes from, as far as studies with ``--vary`` tell."""

    recipe: list[str]
    deviations: dict[str, float] = Field(
        description="standard deviation of the scores by what the seeds change: all, init, data or dropout"
    )

    @property
    def in_words(self) -> str:
        """The deviations side by side."""
        listed = ", ".join(f"{_STREAMS.get(what, what)} {value:.4f}" for what, value in self.deviations.items())
        recipe = " + ".join(self.recipe) or "the baseline"
        return f"Spread of {recipe} (standard deviation) by what the seeds change: {listed}"


_STREAMS = {"init": "new layers", "data": "data order", "all": "all of it"}


class Table(Part):
    """All groups of one task."""

    task: str
    split: str
    metric: str | None = Field(description="None where no run has been evaluated")
    baseline: str | None = Field(description="label of the group that the others are tested against")
    test: str = Field(description="the test that gives the verdicts")
    groups: list[Group]
    growth: list[Growth] = Field(default_factory=list, description="where a recipe was trained on several sizes")
    spreads: list[Spread] = Field(default_factory=list, description="where seeds change one random stream alone")
    notes: list[str] = Field(description="what speaks against taking the numbers as they are")

    @property
    def spread(self) -> str:
        """What the deviation of the scores is that of."""
        found = {"the seeds" if run.fold is None else "the folds" for group in self.groups for run in group.runs}
        return " or ".join(sorted(found, reverse=True))


class Comparison(Part):
    """A table for each task."""

    tables: list[Table]
    notes: list[str]
