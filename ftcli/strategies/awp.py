from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings, Weights

if TYPE_CHECKING:
    from torch import Tensor


class AWPSettings(StrategySettings):
    gamma: NonNegativeFloat = Field(0.005, description="Length of a matrix's shift, in units of its own length.")


class AWP(Strategy[AWPSettings]):
    """Adversarial weight perturbation: the gradient is taken with each matrix shifted to where the loss is higher.

    With g the gradient of a matrix w [out, in] of the blocks or the pooler, it is shifted by
    gamma * ||w|| * g / ||g||, in one step. Wu et al. shift the inputs first: --pgd beside it does so.
    """

    name = "awp"
    stage = Stage.WEIGHT_SHIFT
    source = "Wu et al. 2020, https://arxiv.org/abs/2004.05884"
    Settings = AWPSettings
    claims = frozenset({Claim.POINT})
    acts_on = frozenset({Weights.MATRICES})

    def is_null(self) -> bool:
        return self.settings.gamma == 0

    def cost(self) -> Cost:
        return Cost(passes=2, copies=1)

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def perturbed(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            here = inner(weights, batch, delta)
            matrices = [name for name in scope.encoder.matrices if name in here.weights]
            shifted = {name: shift(weights[name].detach(), here.weights[name]) for name in matrices}
            there = inner(weights | shifted, batch, delta, with_delta=with_delta)
            return there._replace(measures=here.measures | {"uphill_loss": there.measures["loss"]})

        def shift(weight: Tensor, gradient: Tensor) -> Tensor:
            length: Tensor = weight.square().sum().sqrt() * self.settings.gamma
            return weight + length * gradient / gradient.square().sum().sqrt().clamp(min=1e-12)

        return perturbed
