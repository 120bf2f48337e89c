from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ftcli.recipes.functions import Tensors
from ftcli.recipes.strategy import Claim, Cost, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from ftcli.recipes.functions import EncoderView


class EMASettings(StrategySettings):
    decay: float = Field(0.99, ge=0, lt=1, description="Share of the average that is kept at each step.")


class EMA(Strategy[EMASettings]):
    """Exponential moving average of the weights, which is what is evaluated and saved.

    After step s (from 0) the average of each weight, of its shape, moves to d * average + (1 - d) * weights, with
    d = min(decay, (1 + s) / (10 + s)), so that the first steps don't tie it to the starting point.
    """

    name = "ema"
    stage = Stage.AVERAGE
    source = "Polyak & Juditsky 1992, https://doi.org/10.1137/0330046"
    Settings = EMASettings
    claims = frozenset({Claim.FINAL_WEIGHTS})

    def cost(self) -> Cost:
        return Cost(copies=1)

    def is_null(self) -> bool:
        return self.settings.decay == 0

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        return {"average": {name: weight.detach().clone() for name, weight in weights.items()}}

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        decay = ((1 + scope.step) / (10 + scope.step)).clamp(max=self.settings.decay)
        average = scope.slots["average"]
        for name, weight in weights.items():
            average[name].add_((weight - average[name]) * (1 - decay))

    def final_weights(self, slots: dict[str, Tensors]) -> Tensors | None:
        return slots["average"]
