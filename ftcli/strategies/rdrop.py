from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, ForwardFn, ObjectiveFn, Outputs, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import divergence_of

if TYPE_CHECKING:
    from torch import Tensor


class RDropSettings(StrategySettings):
    alpha: NonNegativeFloat = Field(1.0, description="Weight of the divergence between the two passes.")


class RDrop(Strategy[RDropSettings]):
    """R-Drop: two dropout passes over each batch, pulled together by their divergence.

    With p and q the distributions of the two passes, an example's loss is
    (loss(p) + loss(q)) / 2 + alpha * (KL(p || q) + KL(q || p)) / 2; for a regression the divergence is the squared
    difference of the two predictions. The paper adds the two losses instead of taking their mean, so that its alpha
    is twice the one here. Both passes, [2 B] rows, are one forward.
    """

    name = "rdrop"
    stage = Stage.CONSISTENCY
    source = "Liang et al. 2021, https://arxiv.org/abs/2106.14448"
    Settings = RDropSettings
    claims = frozenset({Claim.PASSES})

    def is_null(self) -> bool:
        return self.settings.alpha == 0

    def cost(self) -> Cost:
        return Cost(passes=2)

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        def twice(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            return inner(weights, batch.doubled(), None if delta is None else _doubled(delta))

        return twice

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        divergence = divergence_of(scope.context)

        def consistent(outputs: Outputs, batch: Batch) -> Tensor:
            first, second = outputs.halves()
            loss = (inner(first, batch) + inner(second, batch)) / 2
            return loss + self.settings.alpha * divergence(first.logits, second.logits)

        return consistent


def _doubled(tensor: Tensor) -> Tensor:
    import torch

    return torch.cat([tensor, tensor])
