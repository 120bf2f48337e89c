"""Say what a training would do and take, without doing it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ftcli.checks.before_training import load_to_train, within_model
from ftcli.engine.budget import Budget, Cost
from ftcli.runs.folder import RunFolder
from ftcli.settings.train import TrainSettings
from ftcli.tasks.settle import settled
from ftcli.trainings.budget import budget, way
from ftcli.trainings.campaign import Variant
from ftcli.trainings.suited import suited
from ftcli.wording import once

if TYPE_CHECKING:
    from ftcli.engine.assembly import Assembly
    from ftcli.engine.summary import PlanSummary

_FOR_NOTHING = {"lr", "head_lr", "warmup", "weight_decay"}
"""Settings on which it does not depend what a training takes."""


def plan(
    settings: TrainSettings, tell: Callable[[str], None] | None = None, *, like: RunFolder | None = None
) -> PlanSummary:
    """Return what a training would do, and what all its seeds would take: a few steps are measured, nothing is written.

    ``tell`` is given what would be done otherwise than the settings have it; ``like`` is what ``train`` has by it.

    Raises:
        FtcliError: as ``train`` would, before its first step.
    """
    from ftcli.engine.summary import summarise

    settings = within_model(settled(suited(settings, tell or (lambda _: None), like)), tell)
    assembly, cost = _probed(settings)
    return summarise(settings, assembly, budget(settings, cost))


def plan_campaign(variants: Sequence[Variant], tell: Callable[[str], None] | None = None) -> list[Budget]:
    """Return what each of several studies would take; those that differ in their rates alone take the same.

    ``tell`` is given what would be done otherwise than the settings have it.

    Raises:
        FtcliError: as ``train_campaign`` would, before its first step.
    """
    costs: dict[str, Cost] = {}
    budgets = []
    tell = once(tell) if tell else None
    for each in variants:
        key = json.dumps({name: value for name, value in each.settings.resolved().items() if name not in _FOR_NOTHING})
        if key in costs:
            costs[key] = replace(costs[key], steps=0)  # none is tried anew
        else:
            costs[key] = _probed(within_model(settled(each.settings), tell))[1]
        budgets.append(budget(each.settings, costs[key]))
    return budgets


def _probed(settings: TrainSettings) -> tuple[Assembly, Cost]:
    started = time.perf_counter()
    settings.recipe()
    seeds, executor, _, one = way(settings)
    dataset = load_to_train(settings)
    from ftcli.engine.assembly import assemble
    from ftcli.engine.probe import Probe

    assembly = assemble(one, dataset)
    together = seeds if executor == "vmap" else 1
    return assembly, Probe(one, dataset, assembly).measure(time.perf_counter() - started, together)
