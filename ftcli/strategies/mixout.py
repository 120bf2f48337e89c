from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ftcli.recipes.functions import ParametersFn, Tensors
from ftcli.recipes.strategy import Cost, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class MixoutSettings(StrategySettings):
    probability: float = Field(0.1, ge=0, lt=1, description="Share of the weights put back at each forward pass.")


class Mixout(Strategy[MixoutSettings]):
    """Mixout: in each forward pass a random share of the weights is put back to its starting value.

    With w [out, in] a matrix that started at u, and m ~ Bernoulli(p) for each element, the pass uses
    (m * u + (1 - m) * w - p * u) / (1 - p) = u + (1 - m) * (w - u) / (1 - p), whose mean is w. It concerns the
    matrices of the encoder's blocks and the pooler: embeddings, biases, norms and the new head are left alone, as
    is the model's own dropout.
    """

    name = "mixout"
    stage = Stage.WEIGHT_NOISE
    source = "Lee et al. 2020, https://arxiv.org/abs/1909.11299"
    Settings = MixoutSettings

    def cost(self) -> Cost:
        return Cost(copies=1)

    def is_null(self) -> bool:
        return self.settings.probability == 0

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        return {"start": {name: weights[name].detach().clone() for name in encoder.matrices}}

    def parameters(self, inner: ParametersFn, scope: Scope) -> ParametersFn:
        start, p = scope.slots["start"], self.settings.probability

        def mixed(weights: Tensors) -> Tensors:
            weights = inner(weights)
            return weights | {name: mix(weights[name], start[name]) for name in start}

        def mix(weight: Tensor, start: Tensor) -> Tensor:
            kept = 1 - scope.noise.bernoulli(weight, p)
            return start + kept * (weight - start) / (1 - p)

        return mixed
