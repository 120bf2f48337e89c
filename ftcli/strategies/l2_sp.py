from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import (
    Claim,
    Context,
    Cost,
    ParameterGroup,
    Scope,
    Stage,
    Strategy,
    StrategySettings,
    Weights,
)

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class L2SPSettings(StrategySettings):
    alpha: NonNegativeFloat = Field(0.1, description="Strength of the pull to the starting point.")
    beta: NonNegativeFloat = Field(0.01, description="Strength of the pull of the head to 0.")


class L2SP(Strategy[L2SPSettings]):
    """L2-SP: the loss grows with the distance from the pretrained weights; it takes the place of weight decay.

    With w the pretrained weights, w0 of their shape where they started and v the head, the loss has
    alpha / 2 * ||w - w0||^2 + beta / 2 * ||v||^2 added, so the gradient has alpha * (w - w0) and beta * v.
    """

    name = "l2_sp"
    stage = Stage.PULL
    source = "Li et al. 2018, https://arxiv.org/abs/1802.01483"
    Settings = L2SPSettings
    claims = frozenset({Claim.PULL})
    acts_on = frozenset(Weights)

    def is_null(self) -> bool:
        return self.settings.alpha == self.settings.beta == 0

    def cost(self) -> Cost:
        return Cost(copies=1)

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        return [replace(group, weight_decay=0.0) for group in groups]

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        return {"start": {name: weights[name].detach().clone() for name in encoder.pretrained}}

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        start = scope.slots["start"]

        def pulled(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            found = inner(weights, batch, delta, with_delta=with_delta)
            return found._replace(
                weights={name: each + pull(name, weights[name].detach()) for name, each in found.weights.items()}
            )

        def pull(name: str, weight: Tensor) -> Tensor:
            if name in start:
                return self.settings.alpha * (weight - start[name])
            return self.settings.beta * weight

        return pulled
