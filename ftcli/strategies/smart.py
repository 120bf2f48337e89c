from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

from ftcli.recipes.functions import Batch, ForwardFn, GradientFn, Gradients, ObjectiveFn, Outputs, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import divergence_of

if TYPE_CHECKING:
    from torch import Tensor


class SMARTSettings(StrategySettings):
    weight: NonNegativeFloat = Field(1.0, description="Weight of the divergence between the two passes.")
    steps: NonNegativeInt = Field(1, description="Steps in which the shift of the second is sought.")
    sigma: NonNegativeFloat = Field(1e-5, description="Standard deviation of the shift to start with.")
    size: PositiveFloat = Field(1e-3, description="Length of a step, in the largest element.")
    epsilon: PositiveFloat = Field(1e-3, description="Largest element of the shift.")


class SMART(Strategy[SMARTSettings]):
    """SMART's smoothness: a second pass, its embeddings shifted to where it differs most, is to say the same.

    With p the distribution of the pass without a shift and q of the one with, an example's loss is
    loss(p) + weight * (KL(p || q) + KL(q || p)). From normal noise, each step moves an example's shift [T, width] along
    the gradient of that divergence, and back into the cube of side 2 * epsilon. The paper's other part, a pull to the
    weights of the step before, is not in it.
    """

    name = "smart"
    stage = Stage.CONSISTENCY
    source = "Jiang et al. 2020, https://arxiv.org/abs/1911.03437"
    Settings = SMARTSettings
    claims = frozenset({Claim.PASSES, Claim.SHIFT})

    def is_null(self) -> bool:
        return self.settings.weight == 0

    def cost(self) -> Cost:
        return Cost(passes=2 * (1 + self.settings.steps))

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        def twice(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            import torch

            assert delta is not None  # the gradient below always gives one
            return inner(weights, batch.doubled(), torch.cat([torch.zeros_like(delta), delta]))

        return twice

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        divergence = divergence_of(scope.context)

        def smooth(outputs: Outputs, batch: Batch) -> Tensor:
            first, second = outputs.halves()
            return inner(first, batch) + self.settings.weight * 2 * divergence(first.logits, second.logits)

        return smooth

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def adversarial(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            shift = self.settings.sigma * scope.noise.normal(scope.encoder.no_shift(weights, batch.inputs))
            for _ in range(self.settings.steps):
                # Of the loss only the divergence depends on the shift.
                found = inner(weights, batch, shift, with_delta=True).delta
                assert found is not None
                step = self.settings.size * found / found.abs().amax((1, 2), keepdim=True).clamp(min=1e-12)
                shift = (shift + step).clamp(-self.settings.epsilon, self.settings.epsilon)
            return inner(weights, batch, shift, with_delta=with_delta)

        return adversarial
