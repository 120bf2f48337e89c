from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import norm_of

if TYPE_CHECKING:
    from torch import Tensor


class SAMSettings(StrategySettings):
    rho: NonNegativeFloat = Field(0.05, description="How far from the weights the gradient is taken.")
    adaptive: bool = Field(False, description="Go far in proportion to each weight's size (ASAM); wants a rho of 0.5.")
    eta: NonNegativeFloat = Field(0.01, description="With --sam-adaptive: added to a weight's size.")


class SAM(Strategy[SAMSettings]):
    """Sharpness-aware minimisation: the gradient is taken where the loss near the weights is highest.

    With g the gradient at the weights w and t = 1, or t = |w| + eta where adaptive, the step follows the gradient
    at w + rho * t^2 * g / ||t * g||, g and t of their shape and the norm over all weights together. Where adaptive,
    biases are scaled like all others; in the authors' code they are not.
    """

    name = "sam"
    stage = Stage.WEIGHT_SHIFT
    source = "Foret et al. 2021, https://arxiv.org/abs/2010.01412; Kwon et al. 2021, https://arxiv.org/abs/2102.11600"
    Settings = SAMSettings
    claims = frozenset({Claim.POINT})

    def is_null(self) -> bool:
        return self.settings.rho == 0

    def cost(self) -> Cost:
        return Cost(passes=2, copies=1)

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def sharp(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            here = inner(weights, batch, delta)
            scaled = {name: gradient * size(weights[name]) for name, gradient in here.weights.items()}
            scale = self.settings.rho / norm_of(scaled).clamp(min=1e-12)
            uphill = {name: weights[name] + scale * each * size(weights[name]) for name, each in scaled.items()}
            there = inner(weights | uphill, batch, delta, with_delta=with_delta)
            return there._replace(measures=here.measures | {"uphill_loss": there.measures["loss"]})

        def size(weight: Tensor) -> Tensor | float:
            return weight.detach().abs() + self.settings.eta if self.settings.adaptive else 1.0

        return sharp
