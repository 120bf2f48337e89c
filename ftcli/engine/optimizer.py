"""The optimizer that moves the weights, one seed's or several seeds' stacked."""

from __future__ import annotations

from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import torch
from torch import Tensor

from ftcli.engine.plan import Plan
from ftcli.recipes.functions import Tensors

_MANY = 1e6  # beyond it 1 - beta ** step is 1 in float32 and float64 alike


_KINDS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "adamw": (torch.optim.AdamW, {"fused": True}),
    "nadam": (torch.optim.NAdam, {"decoupled_weight_decay": True}),
    "radam": (torch.optim.RAdam, {"decoupled_weight_decay": True}),
    "sgd": (torch.optim.SGD, {"momentum": 0.9}),
    "adamax": (torch.optim.Adamax, {}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adagrad": (torch.optim.Adagrad, {}),
}
"""Each treats every element by itself, as stacked weights need it."""

_COUNTS = {"step", "mu_product"}
"""What optimizers remember of a whole tensor, not of each element."""


class PlannedOptimizer:
    """An optimizer of torch whose learning rates come from a plan's table.

    Weights without a gradient rest, and so do the optimizer's averages and step counts for them. Each element is moved
    by itself, so that weights of several seeds stacked together move as they would alone.
    """

    def __init__(self, plan: Plan, weights: Tensors) -> None:
        self._rates = plan.rates
        self._plan = plan
        self._weights = weights
        kind, options = _KINDS[plan.optimizer]
        self._optimizer = kind(
            [
                {
                    "params": [weights[name] for name in group.parameters if name in weights],
                    "weight_decay": group.weight_decay,
                }
                for group in plan.groups
            ],
            **options,
        )

    def step(self, number: int, gradients: Tensors) -> None:
        """Move the weights along their gradients; ``number`` counts steps from 0."""
        if number in self._plan.restarts:
            self._optimizer.state.clear()
        if not self._plan.bias_correction:
            self._pretend_many_steps(gradients)
        for name, gradient in gradients.items():
            # The fused kernel takes both for laid out alike in memory, but mapped gradients may come transposed.
            self._weights[name].grad = gradient.contiguous()
        for group, rate in zip(self._optimizer.param_groups, self._rates[number].tolist(), strict=True):
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad()

    def part(self, index: int | EllipsisType) -> OptimizerPart:
        """Return what is remembered of one training: ``index`` in the stacked weights, or ... where they are not."""
        return OptimizerPart(self._optimizer, self._weights, index)

    def _pretend_many_steps(self, gradients: Tensors) -> None:
        """Start parameters with a step count at which AdamW's bias corrections are 1."""
        for name in gradients:
            weight = self._weights[name]
            if not self._optimizer.state[weight]:
                self._optimizer.state[weight] = {
                    "step": torch.tensor(_MANY, device=weight.device),
                    "exp_avg": torch.zeros_like(weight),
                    "exp_avg_sq": torch.zeros_like(weight),
                }


@dataclass(frozen=True)
class OptimizerPart:
    """What an optimizer remembers of one training; step counts, without an axis of their own, are those of all."""

    optimizer: torch.optim.Optimizer
    weights: Tensors
    index: int | EllipsisType

    def export(self) -> Tensors:
        """Return copies, by parameter and kind: "name/kind"."""
        return {
            f"{name}/{kind}": self._own(kind, value).detach().clone()
            for name, weight in self.weights.items()
            for kind, value in self.optimizer.state[weight].items()
            if isinstance(value, Tensor)
        }

    def restore(self, tensors: Tensors) -> None:
        """Take over what was exported."""
        for key, tensor in tensors.items():
            name, _, kind = key.rpartition("/")
            weight = self.weights[name]
            state = self.optimizer.state[weight]
            if kind not in state:
                state[kind] = torch.zeros_like(tensor if kind in _COUNTS else weight)
            self._own(kind, state[kind]).copy_(tensor)

    def _own(self, kind: str, value: Tensor) -> Tensor:
        return value if kind in _COUNTS else value[self.index]
