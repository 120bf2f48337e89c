"""How many trainings fit into memory at once, from what one of them is measured to take."""

from __future__ import annotations

import gc
import math

import torch

from ftcli.engine.allocations import Allocations
from ftcli.engine.differentiate import by_transform
from ftcli.engine.footprint import free_memory, slot_bytes, weight_bytes
from ftcli.engine.state import TrainState, on_device
from ftcli.engine.step import Step, TorchNoise
from ftcli.recipes.strategy import AnyStrategy
from ftcli.shortage import ran_out

_SHARE = 0.8
"""Of the memory that is free; the rest is for evaluations, and for what lies between."""
_OF_ALL, _OF_MOVING = 2, 3
"""Copies of a training's weights that it keeps: of all its model's and the best ones; of those that ever move the
stacked ones and two averages of most optimizers."""
_IN_UPDATE = 2
"""Copies of those that an update takes: the gradients as they come, and in order."""


def seeds_that_fit(state: TrainState, wished: int) -> int:
    """Return how many trainings such as this, which is not stacked yet, are to take their steps together.

    They are as many as fit, or fewer, so that no wave is much smaller than the others; at least one.
    """
    if wished == 1:
        return 1
    gc.collect()  # of a wave before this one
    free = free_memory(state.device)
    if free is None:
        return wished
    try:
        most = max(1, int(_SHARE * free / _seed_bytes(state)))
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        most = 1  # and that one goes on with fewer examples at once
    return math.ceil(wished / math.ceil(wished / most))


def _seed_bytes(state: TrainState) -> int:
    """Return the bytes that a training takes among others."""
    gradient = max(_gradient_bytes(state, other_task) for other_task in {None, state.plan.other_task_at(0)})
    moving: int = sum(state.weights[name].nbytes for name in _moving(state))
    kept = _OF_ALL * weight_bytes(state) + _OF_MOVING * moving + slot_bytes(state)
    return kept + max(gradient, _IN_UPDATE * moving)


def _gradient_bytes(state: TrainState, other_task: AnyStrategy | None) -> int:
    """Return the most bytes that the gradient of the largest batch takes at a time, on the way and in the end."""
    assert state.largest_batch is not None
    encoder, plan = state.encoder, state.plan
    encoder.use_plain_operations()
    encoder.train()
    number, rates = torch.zeros((), device=state.device), plan.rates[0].to(state.device)
    step = Step(plan, encoder, state.slots, number, TorchNoise(), rates, other_task)
    weights = {name: weight.detach() for name, weight in state.weights.items()}
    gradient = step.gradient(by_transform(step.loss(), _moving(state)))
    allocations = Allocations()
    with allocations:
        gradient(weights, on_device(state.largest_batch(), state.device))
    return allocations.most


def _moving(state: TrainState) -> list[str]:
    """Return the names of the weights that ever move."""
    resting = state.plan.resting
    return [name for name in state.weights if name not in resting]
