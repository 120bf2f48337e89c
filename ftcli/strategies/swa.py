from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field, PositiveFloat, PositiveInt

from ftcli.recipes.functions import Tensors
from ftcli.recipes.strategy import Claim, Context, Cost, ParameterGroup, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class SWASettings(StrategySettings):
    start: float = Field(0.5, ge=0, lt=1, description="Share of the steps after which averaging begins.")
    lr: PositiveFloat | None = Field(
        None, description="Constant rate of all layers from there on; by default each layer keeps the one it has then."
    )
    every: PositiveInt = Field(10, description="Steps between two weights that enter the average.")


class SWA(Strategy[SWASettings]):
    """Stochastic weight averaging: late in training the rate stays constant and the weights are averaged.

    After n weights w_1 .. w_n, of one shape, have been taken, the average is (w_1 + ... + w_n) / n; it is what is
    evaluated and saved. The last step is always taken.
    """

    name = "swa"
    stage = Stage.AVERAGE
    source = "Izmailov et al. 2018, https://arxiv.org/abs/1803.05407"
    Settings = SWASettings
    claims = frozenset({Claim.FINAL_WEIGHTS, Claim.LATE_RATES})

    def cost(self) -> Cost:
        return Cost(copies=1)

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        start = self._start(context)
        table = table.clone()
        table[start:] = table[start] if self.settings.lr is None else self.settings.lr
        return table

    def updates_at(self, context: Context) -> list[bool]:
        start, last = self._start(context), context.steps - 1
        return [step >= start and (last - step) % self.settings.every == 0 for step in range(context.steps)]

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        import torch

        return {
            "average": {name: torch.zeros_like(weight) for name, weight in weights.items()},
            "taken": {"count": torch.zeros((), device=next(iter(weights.values())).device)},
        }

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        average, count = scope.slots["average"], scope.slots["taken"]["count"]
        count.add_(1)
        for name, weight in weights.items():
            average[name].add_((weight - average[name]) / count)

    def final_weights(self, slots: dict[str, Tensors]) -> Tensors | None:
        return slots["average"] if slots["taken"]["count"].item() else None

    def _start(self, context: Context) -> int:
        return min(int(self.settings.start * context.steps), context.steps - 1)
