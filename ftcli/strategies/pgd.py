from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt, PositiveFloat

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import rows_to_length, rows_within

if TYPE_CHECKING:
    from torch import Tensor


class PGDSettings(StrategySettings):
    steps: NonNegativeInt = Field(3, description="Steps in which the shift is sought.")
    size: PositiveFloat = Field(0.3, description="Length of each of them.")
    epsilon: PositiveFloat = Field(1.0, description="Greatest length of the shift of an example's embeddings.")


class PGD(Strategy[PGDSettings]):
    """Adversarial training with projected gradient descent: FGM whose shift is sought in several steps.

    From no shift, each step moves an example's shift d [T, width] to P(d + size * g / ||g||), with g the gradient
    at d and P the projection onto the ball ||d|| <= epsilon; the gradients at no shift and at the last one are
    added. Madry et al. start from a random shift, and train on the last one alone.
    """

    name = "pgd"
    stage = Stage.ADVERSARIAL
    source = "Madry et al. 2018, https://arxiv.org/abs/1706.06083"
    Settings = PGDSettings
    claims = frozenset({Claim.SHIFT})

    def is_null(self) -> bool:
        return self.settings.steps == 0

    def cost(self) -> Cost:
        return Cost(passes=1 + self.settings.steps)

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def adversarial(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            start = scope.encoder.no_shift(weights, batch.inputs) if delta is None else delta
            shift, found = start - start, (clean := inner(weights, batch, start, with_delta=True))
            for left in reversed(range(self.settings.steps)):
                assert found.delta is not None
                shift = rows_within(shift + rows_to_length(found.delta, self.settings.size), self.settings.epsilon)
                found = inner(weights, batch, start + shift, with_delta=with_delta or left > 0)
            return Gradients(
                {name: gradient + found.weights[name] for name, gradient in clean.weights.items()},
                found.delta if with_delta else None,
                clean.measures | {"adversarial_loss": found.measures["loss"]},
            )

        return adversarial
