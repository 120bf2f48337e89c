"""The optimizer that moves the weights, one seed's or several seeds' stacked."""

from __future__ import annotations

import torch

from ftcli.engine.plan import Plan
from ftcli.recipes.functions import Tensors

_MANY = 1e6  # beyond it 1 - beta ** step is 1 in float32 and float64 alike


class PlannedAdamW:
    """AdamW whose learning rates come from a plan's table; weights without a gradient rest, as do their averages.

    Each element is moved by itself, so that weights of several seeds stacked together move as they would alone.
    """

    def __init__(self, plan: Plan, weights: Tensors) -> None:
        self._rates = plan.rates
        self._plan = plan
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
        if number in self._plan.restarts:
            self._adamw.state.clear()
        if not self._plan.bias_correction:
            self._pretend_many_steps(gradients)
        for name, gradient in gradients.items():
            # The fused kernel takes both for laid out alike in memory, but mapped gradients may come transposed.
            self._weights[name].grad = gradient.contiguous()
        for group, rate in zip(self._adamw.param_groups, self._rates[number].tolist(), strict=True):
            group["lr"] = rate
        self._adamw.step()
        self._adamw.zero_grad()

    def _pretend_many_steps(self, gradients: Tensors) -> None:
        """Start parameters with a step count at which AdamW's bias corrections are 1."""
        for name in gradients:
            weight = self._weights[name]
            if not self._adamw.state[weight]:
                self._adamw.state[weight] = {
                    "step": torch.tensor(_MANY, device=weight.device),
                    "exp_avg": torch.zeros_like(weight),
                    "exp_avg_sq": torch.zeros_like(weight),
                }
