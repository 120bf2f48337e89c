from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

from ftcli.recipes.functions import (
    Batch,
    ForwardFn,
    GradientFn,
    Gradients,
    ObjectiveFn,
    Outputs,
    ParametersFn,
    Tensors,
)
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import divergence_of

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView

_ANCHOR = "smart.anchor."


class SMARTSettings(StrategySettings):
    weight: NonNegativeFloat = Field(1.0, description="Weight of the divergence between the two passes.")
    steps: NonNegativeInt = Field(1, description="Steps in which the shift of the second is sought.")
    sigma: NonNegativeFloat = Field(1e-5, description="Standard deviation of the shift to start with.")
    size: PositiveFloat = Field(1e-3, description="Length of a step, in the largest element.")
    epsilon: PositiveFloat = Field(1e-3, description="Largest element of the shift.")
    pull: NonNegativeFloat = Field(1.0, description="Weight of the divergence from the averaged weights.")
    decay: float = Field(0.99, ge=0, lt=1, description="Share of that average that is kept at each step.")


class SMART(Strategy[SMARTSettings]):
    """SMART: says the same where its embeddings are shifted to hurt, and as the average of its weights so far.

    With p the distribution of the pass without a shift, q of the one with, r of the averaged weights, and D(p,
    q) = KL(p || q) + KL(q || p), an example's loss is loss(p) + weight * D(p, q) + pull * D(p, r). From normal
    noise, each step moves an example's shift [T, width] along the gradient, and back into the cube of side
    2 * epsilon. After an update the average moves to decay * average + (1 - decay) * weights; in the paper decay
    rises from 0.99 to 0.999 after a tenth of the steps, here it stays.
    """

    name = "smart"
    stage = Stage.CONSISTENCY
    source = "Jiang et al. 2020, https://arxiv.org/abs/1911.03437"
    Settings = SMARTSettings
    claims = frozenset({Claim.PASSES, Claim.SHIFT})

    def is_null(self) -> bool:
        return self.settings.weight == 0 and self.settings.pull == 0

    def cost(self) -> Cost:
        anchored = float(self.settings.pull > 0)
        return Cost(passes=(2 + anchored) * (1 + self.settings.steps), copies=anchored)

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        anchor = {name: weight.detach().clone() for name, weight in weights.items()}
        return {"anchor": anchor} if self.settings.pull else {}

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        for name, anchor in scope.slots.get("anchor", {}).items():
            anchor.lerp_(weights[name], 1 - self.settings.decay)

    def parameters(self, inner: ParametersFn, scope: Scope) -> ParametersFn:
        def with_anchor(weights: Tensors) -> Tensors:
            anchor = inner(scope.slots["anchor"])
            return inner(weights) | {_ANCHOR + name: weight for name, weight in anchor.items()}

        return with_anchor if self.settings.pull else inner

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        def twice(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            import torch

            assert delta is not None  # the gradient below always gives one
            outputs = inner(weights, batch.doubled(), torch.cat([torch.zeros_like(delta), delta]))
            if not self.settings.pull:
                return outputs
            anchor = {name.removeprefix(_ANCHOR): each for name, each in weights.items() if name.startswith(_ANCHOR)}
            return outputs._replace(anchor=inner(anchor, batch, None).logits)

        return twice

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        divergence = divergence_of(scope.context)

        def smooth(outputs: Outputs, batch: Batch) -> Tensor:
            first, second = outputs._replace(anchor=None).halves()
            loss = inner(first, batch) + self.settings.weight * 2 * divergence(first.logits, second.logits)
            if outputs.anchor is None:
                return loss
            return loss + self.settings.pull * 2 * divergence(first.logits, outputs.anchor)

        return smooth

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def adversarial(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            shift = self.settings.sigma * scope.noise.normal(scope.encoder.no_shift(weights, batch.inputs))
            for _ in range(self.settings.steps):
                # Of the loss only the divergence of the two passes depends on the shift.
                found = inner(weights, batch, shift, with_delta=True).delta
                assert found is not None
                step = self.settings.size * found / found.abs().amax((1, 2), keepdim=True).clamp(min=1e-12)
                shift = (shift + step).clamp(-self.settings.epsilon, self.settings.epsilon)
            return inner(weights, batch, shift, with_delta=with_delta)

        return adversarial
