from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings
from ftcli.recipes.tensors import rows_to_length, rows_within

if TYPE_CHECKING:
    from torch import Tensor


class FreeLBSettings(StrategySettings):
    steps: NonNegativeInt = Field(3, description="Steps of the shift, each of which trains too.")
    size: PositiveFloat = Field(0.1, description="Length of each of them.")
    start: NonNegativeFloat = Field(0.1, description="Greatest length of the random shift to start with.")
    epsilon: PositiveFloat = Field(0.6, description="Greatest length of the shift of an example's embeddings.")


class FreeLB(Strategy[FreeLBSettings]):
    """FreeLB: the embeddings' shift is sought in several steps, and the mean of the gradients on the way is used.

    From a shift uniform in (-start, start) / sqrt(T * width), each step adds its gradient's share, moves an
    example's shift [T, width] by size along its own gradient, and back into the ball of radius epsilon. Unlike in
    the paper, dropout is drawn anew at each of them, and T counts the padding.
    """

    name = "freelb"
    stage = Stage.ADVERSARIAL
    source = "Zhu et al. 2020, https://arxiv.org/abs/1909.11764"
    Settings = FreeLBSettings
    claims = frozenset({Claim.SHIFT})

    def is_null(self) -> bool:
        return self.settings.steps == 0

    def cost(self) -> Cost:
        return Cost(passes=self.settings.steps, copies=1)

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        def free(weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False) -> Gradients:
            start = scope.encoder.no_shift(weights, batch.inputs) if delta is None else delta
            width = self.settings.start / (start.shape[1] * start.shape[2]) ** 0.5
            shift = (2 * scope.noise.uniform(start) - 1) * width
            found = []
            for _ in range(self.settings.steps):
                found.append(inner(weights, batch, start + shift, with_delta=True))
                uphill = found[-1].delta
                assert uphill is not None
                shift = rows_within(shift + rows_to_length(uphill, self.settings.size), self.settings.epsilon)
            return _mean(found)

        return free


def _mean(found: list[Gradients]) -> Gradients:
    first, *others = found
    total = dict(first.weights)
    for each in others:
        total = {name: gradient + each.weights[name] for name, gradient in total.items()}
    return Gradients(
        {name: gradient / len(found) for name, gradient in total.items()},
        found[-1].delta,
        first.measures | {"adversarial_loss": found[-1].measures["loss"]},
    )
