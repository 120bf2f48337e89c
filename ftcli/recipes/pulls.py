"""Pulling embeddings and blocks back to where they started: what several strategies share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.context import Context, ParameterGroup, Scope
    from ftcli.recipes.functions import EncoderView, Tensors


def without_decay(groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
    """Return the groups, with no weight decay below pooler and head."""
    return [replace(group, weight_decay=0.0) if group.depth <= context.depth else group for group in groups]


def starts(weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
    """Return slots with copies of the weights below pooler and head."""
    names = [name for name, depth in encoder.depths.items() if depth <= encoder.depth]
    return {"start": {name: weights[name].detach().clone() for name in names}}


def pull_back(weights: Tensors, scope: Scope, share: Callable[[Tensor], Tensor]) -> None:
    """Move the weights of which there are starts by a share of the way back to them, in place.

    ``share`` gives it for a learning rate; both are 0-dim.
    """
    start = scope.slots["start"]
    for name, rate in scope.each_rate():
        if name in start:
            weights[name].add_((start[name] - weights[name]) * share(rate))
