"""How many trainings fit into memory at once, from what one of them is measured to take."""

from __future__ import annotations

import gc
import math

import torch
from torch import Tensor

from ftcli.engine.footprint import free_memory, slot_bytes, weight_bytes
from ftcli.engine.plan import Plan
from ftcli.engine.state import TrainState, on_device
from ftcli.engine.step import Step, TorchNoise
from ftcli.recipes.stages import Claim
from ftcli.recipes.strategy import AnyStrategy

_SHARE = 0.8
"""Of the memory that is free; the rest is for evaluations, and for what lies between."""
_OF_ALL, _OF_MOVING = 2, 5
"""Copies of a training's weights: of all its model's and the best ones; of those that ever move the stacked ones, the
gradients as they come and in order, and two averages of most optimizers."""


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
    most = max(1, int(_SHARE * free / _seed_bytes(state)))
    return math.ceil(wished / math.ceil(wished / most))


def _seed_bytes(state: TrainState) -> int:
    """Return the bytes that a training takes among others."""
    kept = max(_kept_bytes(state, other_task) for other_task in {None, state.plan.other_task_at(0)})
    resting = state.plan.resting
    moving = sum(weight.nbytes for name, weight in state.weights.items() if name not in resting)
    return _OF_ALL * weight_bytes(state) + _OF_MOVING * moving + slot_bytes(state) + kept


def _kept_bytes(state: TrainState, other_task: AnyStrategy | None) -> int:
    """Return the bytes that the largest batch keeps for its gradient."""
    assert state.largest_batch is not None
    encoder, plan = state.encoder, state.plan
    encoder.use_plain_operations()
    encoder.train()
    number, rates = torch.zeros((), device=state.device), plan.rates[0].to(state.device)
    step = Step(plan, encoder, state.slots, number, TorchNoise(), rates, other_task)
    resting = plan.resting
    weights = {name: weight.detach().requires_grad_(name not in resting) for name, weight in state.weights.items()}
    own = {_place(weight) for weight in weights.values()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[_place(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        batch = on_device(state.largest_batch(), state.device)
        shift = encoder.no_shift(weights, batch.inputs).requires_grad_() if _shifts(plan) else None
        loss = step.loss()(weights, batch, shift)
    del loss  # until here all of it lies in places of its own
    return sum(size for place, size in kept.items() if place not in own)


def _shifts(plan: Plan) -> bool:
    """Whether gradients go back to the embeddings, be the blocks at rest or not."""
    return any(Claim.SHIFT in strategy.claims for strategy in plan.recipe)


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
