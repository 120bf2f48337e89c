"""The optimizer that moves the weights, one seed's or several seeds' stacked."""

from __future__ import annotations

import torch

from ftcli.engine.plan import Plan
from ftcli.recipes.functions import Tensors


class PlannedAdamW:
    """AdamW whose learning rates come from a plan's table.

    Each element is moved by itself, so that weights of several seeds stacked together move as they would alone.
    """

    def __init__(self, plan: Plan, weights: Tensors) -> None:
        self._rates = plan.rates
        self._weights = weights
        self._adamw = torch.optim.AdamW(
            [
                {"params": [weights[name] for name in group.parameters], "weight_decay": group.weight_decay}
                for group in plan.groups
            ],
            fused=True,
        )

    def step(self, number: int, gradients: Tensors) -> None:
        """Move the weights along their gradients; ``number`` counts steps from 0."""
        for name, weight in self._weights.items():
            # The fused kernel takes both for laid out alike in memory, but mapped gradients may come transposed.
            weight.grad = gradients[name].contiguous()
        for group, rate in zip(self._adamw.param_groups, self._rates[number].tolist(), strict=True):
            group["lr"] = rate
        self._adamw.step()
        self._adamw.zero_grad()
