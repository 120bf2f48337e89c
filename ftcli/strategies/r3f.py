from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, ForwardFn, ObjectiveFn, Outputs, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import divergence_of

if TYPE_CHECKING:
    from torch import Tensor


class R3FSettings(StrategySettings):
    weight: NonNegativeFloat = Field(1.0, description="Weight of the divergence between the two passes.")
    sigma: NonNegativeFloat = Field(1e-5, description="Standard deviation of the noise on the word embeddings.")


class R3F(Strategy[R3FSettings]):
    """R3F: a second pass with a little noise on the embeddings is to say the same as the first.

    With p the distribution of the pass without noise and q of the one with sigma * N(0, 1) on each element of the
    word embeddings [T, width], an example's loss is loss(p) + weight * (KL(p || q) + KL(q || p)); for a regression
    the divergence is twice the squared difference. Both passes are one forward of twice the batch.
    """

    name = "r3f"
    stage = Stage.CONSISTENCY
    source = "Aghajanyan et al. 2021, https://arxiv.org/abs/2008.03156"
    Settings = R3FSettings
    claims = frozenset({Claim.PASSES})

    def is_null(self) -> bool:
        return self.settings.weight == 0

    def cost(self) -> Cost:
        return Cost(passes=2)

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        def twice(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            import torch

            start = scope.encoder.no_shift(weights, batch.inputs) if delta is None else delta
            noise = self.settings.sigma * scope.noise.normal(start.detach())
            return inner(weights, batch.doubled(), torch.cat([start, start + noise]))

        return twice

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        divergence = divergence_of(scope.context)

        def robust(outputs: Outputs, batch: Batch) -> Tensor:
            first, second = outputs.halves()
            return inner(first, batch) + self.settings.weight * 2 * divergence(first.logits, second.logits)

        return robust
