"""What trainings take before they start: time, memory and disk, from what a probe of one seed has measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What one seed takes, extrapolated from ``steps`` steps that a probe has taken.

    Args:
        steps: how many steps were measured.
        setup: seconds to read the data and load the model.
        training: seconds of all steps.
        evaluation: seconds of all evaluations.
        memory: bytes of the process at its peak (on a GPU: of the tensors there); None where the system does not tell.
        another: bytes that one more seed in the same steps adds to it.
        kept: bytes on disk once the run has finished.
        checkpoints: bytes on disk of the checkpoints, while it runs.
        micro_batch: how many examples fit into a forward pass, where that is fewer than asked for.
        together: how many seeds that are to take their steps together memory holds.
    """

    steps: int
    setup: float
    training: float
    evaluation: float
    memory: int | None
    another: int
    kept: int
    checkpoints: int
    micro_batch: int | None = None
    together: int = 1

    @property
    def seconds(self) -> float:
        """Seconds from the start to the end."""
        return self.setup + self.training + self.evaluation


@dataclass(frozen=True)
class Budget:
    """What all seeds of a study, or of several, take: estimates.

    ``side_by_side`` seeds train at the same time; bytes of ``disk`` stay, and there are up to
    ``disk_while_running`` before. ``micro_batch`` examples go through the model at once, where a batch does not fit.
    """

    seeds: int
    side_by_side: int
    measured_steps: int
    seconds_a_seed: float
    seconds: float
    memory_bytes: int | None
    disk_bytes: int
    disk_while_running_bytes: int
    micro_batch: int | None = None


def for_seeds(cost: Cost, seeds: int, executor: str, side_by_side: int = 1) -> Budget:
    """Return the budget of so many seeds.

    In processes ``side_by_side`` of them train at a time, each with memory of its own; under vmap those that memory
    holds share the same steps, which are taken to last as long as those of the seeds one by one; on a GPU they take far
    less.
    """
    at_once = {"processes": side_by_side, "vmap": cost.together}.get(executor, 1)
    memory = cost.memory
    if memory is not None:
        memory = memory + (at_once - 1) * cost.another if executor == "vmap" else memory * at_once
    return Budget(
        seeds=seeds,
        side_by_side=at_once,
        measured_steps=cost.steps,
        seconds_a_seed=cost.seconds,
        seconds=cost.seconds * (math.ceil(seeds / at_once) if executor == "processes" else seeds),
        memory_bytes=memory,
        disk_bytes=cost.kept * seeds,
        disk_while_running_bytes=cost.kept * seeds + cost.checkpoints * at_once,
        micro_batch=cost.micro_batch,
    )


def together(budgets: Sequence[Budget]) -> Budget:
    """Return the budget of several studies one after the other."""
    seeds = sum(each.seeds for each in budgets)
    memory = [each.memory_bytes for each in budgets if each.memory_bytes is not None]
    kept = sum(each.disk_bytes for each in budgets)
    return Budget(
        seeds=seeds,
        side_by_side=max(each.side_by_side for each in budgets),
        measured_steps=sum(each.measured_steps for each in budgets),
        seconds_a_seed=sum(each.seconds_a_seed * each.seeds for each in budgets) / seeds,
        seconds=sum(each.seconds for each in budgets),
        memory_bytes=max(memory) if memory else None,
        disk_bytes=kept,
        micro_batch=min((each.micro_batch for each in budgets if each.micro_batch), default=None),
        disk_while_running_bytes=kept + max(each.disk_while_running_bytes - each.disk_bytes for each in budgets),
    )
