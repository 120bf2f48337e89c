"""The optimizer that moves the weights, one seed's or several seeds' stacked."""

from __future__ import annotations

from dataclasses import dataclass
from types import EllipsisType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ftcli.engine.plan import Plan
from ftcli.errors import UsageError
from ftcli.recipes.context import ParameterGroup
from ftcli.recipes.functions import Tensors

_MANY = 1e6  # beyond it 1 - beta ** step is 1 in float32 and float64 alike


class _Kind(NamedTuple):
    """An optimizer of torch, its options, and those with which its steps can be recorded (None: they can't)."""

    optimizer: type[torch.optim.Optimizer]
    options: dict[str, Any]
    recorded: dict[str, Any] | None


_CAPTURABLE = {"capturable": True}
_KINDS = {
    "adamw": _Kind(torch.optim.AdamW, {"fused": True}, _CAPTURABLE),
    "nadam": _Kind(torch.optim.NAdam, {"decoupled_weight_decay": True}, _CAPTURABLE),
    "radam": _Kind(torch.optim.RAdam, {"decoupled_weight_decay": True}, _CAPTURABLE),
    "sgd": _Kind(torch.optim.SGD, {"momentum": 0.9}, {"fused": True}),
    "adamax": _Kind(torch.optim.Adamax, {}, _CAPTURABLE),
    "rmsprop": _Kind(torch.optim.RMSprop, {}, _CAPTURABLE),
    "adagrad": _Kind(torch.optim.Adagrad, {}, None),
}
"""Each treats every element by itself, as stacked weights need it."""

_COUNTS = {"step", "mu_product"}
"""What optimizers remember of a whole tensor, not of each element."""


class PlannedOptimizer:
    """An optimizer of torch whose learning rates come from a plan's table.

    Weights without a gradient rest, and so do the optimizer's averages and step counts for them. Each element is moved
    by itself, so that weights of several seeds stacked together move as they would alone.

    With ``recorded``, the rates of the step at hand, [groups], it reads them there, and its steps can be recorded.

    Raises:
        UsageError: they can't be.
    """

    def __init__(self, plan: Plan, weights: Tensors, recorded: Tensor | None = None) -> None:
        self._rates = plan.rates if recorded is None else None
        self._plan = plan
        self._weights = weights
        kind, options = _kind(plan.optimizer, recorded is not None)
        self._alike = _groups_alike(plan)
        self._optimizer = kind(
            [
                {
                    "params": [weights[name] for group in alike for name in group.parameters if name in weights],
                    "weight_decay": alike[0].weight_decay,
                    "lr": 0.0 if recorded is None else recorded[first],
                }
                for first, alike in self._alike.items()
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
            # The fused kernel takes both for laid out alike in memory.
            self._weights[name].grad = gradient.contiguous()
        if self._rates is not None:
            for group, first in zip(self._optimizer.param_groups, self._alike, strict=True):
                group["lr"] = self._rates[number, first].item()
        self._optimizer.step()
        self._optimizer.zero_grad()

    def part(self, index: int | EllipsisType) -> OptimizerPart:
        """Return what is remembered of one training: ``index`` in the stacked weights, or ... where they are not."""
        on_processor = not any(self._optimizer.defaults.get(way) for way in ("capturable", "fused"))
        return OptimizerPart(self._optimizer, self._weights, index, on_processor)

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


def _groups_alike(plan: Plan) -> dict[int, list[ParameterGroup]]:
    """Return the groups that always move by the same rate and decay, under the number of the first of them.

    Each group that the optimizer keeps apart costs it kernels of its own.
    """
    firsts: dict[tuple[float, bytes], int] = {}
    found: dict[int, list[ParameterGroup]] = {}
    for number, group in enumerate(plan.groups):
        first = firsts.setdefault((group.weight_decay, plan.rates[:, number].numpy().tobytes()), number)
        found.setdefault(first, []).append(group)
    return found


def can_be_recorded(optimizer: str) -> bool:
    """Whether the steps of the optimizer of this name can be recorded as a graph."""
    return _KINDS[optimizer].recorded is not None


def _kind(name: str, recorded: bool) -> tuple[type[torch.optim.Optimizer], dict[str, Any]]:
    kind = _KINDS[name]
    if not recorded:
        return kind.optimizer, kind.options
    if kind.recorded is None:
        raise UsageError(f"--optimizer {name}: its steps can't be recorded as a graph", hint="Add --executor eager.")
    return kind.optimizer, kind.options | kind.recorded


@dataclass(frozen=True)
class OptimizerPart:
    """What an optimizer remembers of one training; step counts, without an axis of their own, are those of all.

    The counts are kept on the processor, or beside the weights.
    """

    optimizer: torch.optim.Optimizer
    weights: Tensors
    index: int | EllipsisType
    counts_on_processor: bool

    def export(self) -> Tensors:
        """Return the tensors themselves, by parameter and kind: "name/kind"."""
        return {
            f"{name}/{kind}": self._own(kind, value).detach()
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
                state[kind] = self._zeros(kind, tensor, weight)
            self._own(kind, state[kind]).copy_(tensor)

    def _zeros(self, kind: str, tensor: Tensor, weight: Tensor) -> Tensor:
        if kind not in _COUNTS:
            return torch.zeros_like(weight)
        return torch.zeros_like(tensor, device="cpu" if self.counts_on_processor else weight.device)

    def _own(self, kind: str, value: Tensor) -> Tensor:
        return value if kind in _COUNTS else value[self.index]
