"""What a plan comes to, for ``--dry-run``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ftcli.checks.too_long import longer_than_training
from ftcli.engine.assembly import Assembly
from ftcli.engine.budget import Budget
from ftcli.engine.plan import Plan
from ftcli.engine.rungs import pauses, share_of_steps
from ftcli.settings.train import TrainSettings


@dataclass(frozen=True)
class GroupSummary:
    """A parameter group: its layer, how many parameters it holds, and its peak rate."""

    name: str
    parameters: int
    peak_lr: float
    weight_decay: float


@dataclass(frozen=True)
class StrategySummary:
    """A strategy of the recipe, with the options in use."""

    name: str
    title: str
    options: dict[str, Any]


@dataclass(frozen=True)
class RacePlan:
    """After how many epochs half of the seeds that are left stop, and what all take of the steps of a whole study."""

    pauses: list[float]
    share_of_steps: float


@dataclass(frozen=True)
class PlanSummary:
    """All that is decided before the first step."""

    settings: dict[str, Any]
    recipe: list[StrategySummary]
    groups: list[GroupSummary]
    examples: dict[str, int]
    steps: int
    steps_per_epoch: int
    warmup_steps: int
    padding_efficiency: float
    vocabulary: int
    trained_vocabulary: int
    budget: Budget
    race: RacePlan | None
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli train --dry-run --json`` prints."""
        return asdict(self)


def summarise(settings: TrainSettings, assembly: Assembly, budget: Budget) -> PlanSummary:
    """Describe a training that is ready to start."""
    plan, weights = assembly.plan, assembly.encoder.weights | assembly.own
    peaks = plan.rates.max(0).values.tolist()
    return PlanSummary(
        settings=settings.resolved(),
        recipe=[
            StrategySummary(each.name, each.title(), each.settings.model_dump(mode="json")) for each in plan.recipe
        ],
        groups=[
            GroupSummary(group.name, sum(weights[name].numel() for name in group.parameters), peak, group.weight_decay)
            for group, peak in zip(plan.groups, peaks, strict=True)
        ],
        examples={name: len(split.first_rows) - 1 for name, split in assembly.splits.items()},
        steps=plan.steps,
        steps_per_epoch=plan.context.steps_per_epoch,
        warmup_steps=plan.context.warmup_steps,
        padding_efficiency=assembly.buckets.efficiency(),
        vocabulary=assembly.vocabulary_rows,
        trained_vocabulary=assembly.trained_rows,
        budget=budget,
        race=_race(plan, len(settings.numbers)) if settings.race else None,
        notes=list(longer_than_training(settings, plan.context.steps_per_epoch)),
    )


def _race(plan: Plan, seeds: int) -> RacePlan:
    places = pauses(plan, seeds)
    epochs = [round(step / plan.context.steps_per_epoch, 4) for step in places]
    return RacePlan(epochs, share_of_steps(places, plan.steps, seeds))
