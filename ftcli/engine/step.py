"""One training step as functions of tensors, composed from the strategies' hooks.

Nothing here differentiates: the executor brings the innermost gradient function, by autograd or by
``torch.func``, and gets back the one that all strategies are wrapped around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ftcli.engine.plan import Plan
from ftcli.models.encoder import Encoder
from ftcli.recipes.context import Scope
from ftcli.recipes.functions import Batch, ForwardFn, GradientFn, Noise, ObjectiveFn, Outputs, ParametersFn, Tensors
from ftcli.recipes.strategy import AnyStrategy
from ftcli.tasks.kind import Kind

Slots = dict[str, dict[str, Tensors]]
LossFn = Callable[[Tensors, Batch, "Tensor | None"], Tensor]
"""(weights, batch, delta) -> sum of the losses of the examples, 0-dim."""


@dataclass(frozen=True)
class Step:
    """The functions of one step; built anew at each step, since that costs next to nothing.

    ``other_task`` is the strategy whose own loss is trained in place of the task's, if one's is.
    """

    plan: Plan
    encoder: Encoder
    slots: Slots
    number: Tensor
    noise: Noise
    rates: Tensor | None = None
    other_task: AnyStrategy | None = None

    def loss(self) -> LossFn:
        """Return the function to differentiate."""
        if self.other_task is not None:
            return self._other_loss(self.other_task)
        parameters: ParametersFn = _unchanged
        forward: ForwardFn = self._forward
        objective: ObjectiveFn = _LOSSES[self.plan.context.kind]
        for strategy in self.plan.recipe:
            scope = self.scope(strategy.name)
            parameters = strategy.parameters(parameters, scope)
            forward = strategy.forward(forward, scope)
            objective = strategy.objective(objective, scope)

        def loss(weights: Tensors, batch: Batch, delta: Tensor | None) -> Tensor:
            outputs = forward(parameters(weights), batch, delta)
            return objective(outputs, batch).sum()

        return loss

    def gradient(self, innermost: GradientFn) -> GradientFn:
        """Return ``innermost`` with all strategies around it."""
        function = innermost
        for strategy in self.plan.recipe if self.other_task is None else ():
            function = strategy.gradient(function, self.scope(strategy.name))
        return function

    def after_update(self, weights: Tensors, strategies: Iterable[AnyStrategy]) -> None:
        """Have these strategies look at the weights just updated."""
        for strategy in strategies:
            strategy.after_update(weights, self.scope(strategy.name))

    def scope(self, strategy: str) -> Scope:
        """Return what this strategy may see."""
        plan = self.plan
        return Scope(self.slots[strategy], self.number, self.noise, self.encoder, plan.context, plan.groups, self.rates)

    def _other_loss(self, strategy: AnyStrategy) -> LossFn:
        own = strategy.phase_loss(self.scope(strategy.name))
        assert own is not None
        return lambda weights, batch, delta: own(weights, batch).sum()

    def _forward(self, weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
        own = weights.keys() - self.encoder.weights.keys()
        model = {name: weight for name, weight in weights.items() if name not in own} if own else weights
        return self.encoder.forward(model, batch.inputs, delta)


def cross_entropy(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the cross-entropy of each example, [B]."""
    return F.cross_entropy(outputs.logits, batch.labels, reduction="none")


def binary_cross_entropy(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the cross-entropy of each example's labels, each there or not, the mean over them, [B].

    The labels of the batch are the numbers of ``ftcli.tasks.labelsets``.
    """
    places = torch.arange(outputs.logits.shape[-1], device=outputs.logits.device)
    has = (batch.labels.unsqueeze(-1) >> places & 1).to(outputs.logits.dtype)
    return F.binary_cross_entropy_with_logits(outputs.logits, has, reduction="none").mean(-1)


def squared_error(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the squared error of each example, [B]."""
    return (outputs.logits.squeeze(-1) - batch.labels).square()


_LOSSES: dict[Kind, ObjectiveFn] = {
    "classification": cross_entropy,
    "multilabel": binary_cross_entropy,
    "regression": squared_error,
}


def _unchanged(weights: Tensors) -> Tensors:
    return weights


class TorchNoise:
    """Draws from torch's default generator, which holds the dropout stream while training."""

    def bernoulli(self, like: Tensor, probability: float) -> Tensor:
        """Draw zeros and ones."""
        return torch.bernoulli(torch.full_like(like, probability))

    def uniform(self, like: Tensor) -> Tensor:
        """Draw numbers from 0 to 1."""
        return torch.rand_like(like)

    def normal(self, like: Tensor) -> Tensor:
        """Draw from the standard normal distribution."""
        return torch.randn_like(like)
