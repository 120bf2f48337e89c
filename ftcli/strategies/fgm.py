from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import rows_to_length

if TYPE_CHECKING:
    from torch import Tensor


class FGMSettings(StrategySettings):
    epsilon: NonNegativeFloat = Field(0.5, description="Length of the shift of an example's embeddings.")


class FGM(Strategy[FGMSettings]):
    """Adversarial training: each batch also with its word embeddings shifted to where the loss grows fastest.

    With g the gradient with respect to an example's word embeddings [T, width], the shift is epsilon * g / ||g||;
    the gradients at no shift and at this one are added. The embeddings are taken as they are: the paper scales each
    to mean 0 and variance 1 over the corpus first.
    """

    name = "fgm"
    stage = Stage.ADVERSARIAL
    source = "Miyato et al. 2017, https://arxiv.org/abs/1605.07725"
    Settings = FGMSettings
    claims = frozenset({Claim.SHIFT})

    def cost(self) -> Cost:
        return Cost(passes=2)

    def is_null(self) -> bool:
        return self.settings.epsilon == 0

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def adversarial(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            start = scope.encoder.no_shift(weights, batch.inputs) if delta is None else delta
            clean = inner(weights, batch, start, with_delta=True)
            assert clean.delta is not None
            shifted = inner(
                weights, batch, start + rows_to_length(clean.delta, self.settings.epsilon), with_delta=with_delta
            )
            return Gradients(
                {name: gradient + shifted.weights[name] for name, gradient in clean.weights.items()},
                clean.delta + shifted.delta if with_delta and shifted.delta is not None else None,
                clean.measures | {"adversarial_loss": shifted.measures["loss"]},
            )

        return adversarial
