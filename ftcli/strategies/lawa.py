from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, PositiveInt

from ftcli.recipes.functions import Tensors
from ftcli.recipes.strategy import Claim, Context, Cost, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from ftcli.recipes.functions import EncoderView


class LAWASettings(StrategySettings):
    last: PositiveInt = Field(3, description="How many of the latest weights are averaged.")
    every: PositiveInt | None = Field(None, description="Steps between two of them; by default an epoch.")


class LAWA(Strategy[LAWASettings]):
    """Latest weight averaging: the mean of the weights at the ends of the last epochs is evaluated and saved.

    With w_e the weights after epoch e, each of its shape, after epoch E they are
    (w_(E - last + 1) + ... + w_E) / last, or the mean of what there is so far.
    """

    name = "lawa"
    stage = Stage.AVERAGE
    source = "Kaddour 2022, https://arxiv.org/abs/2209.14981"
    Settings = LAWASettings
    claims = frozenset({Claim.FINAL_WEIGHTS})

    def is_null(self) -> bool:
        return self.settings.last == 1

    def cost(self) -> Cost:
        return Cost(copies=self.settings.last)

    def updates_at(self, context: Context) -> list[bool]:
        every = self.settings.every or context.steps_per_epoch
        return [(context.steps - 1 - step) % every == 0 for step in range(context.steps)]

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        first = next(iter(weights.values())).detach()
        latest = {
            name: weight.detach().new_zeros(self.settings.last, *weight.shape) for name, weight in weights.items()
        }
        return {"latest": latest, "taken": {"count": first.new_zeros(())}}

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        import torch

        scope.slots["taken"]["count"].add_(1)
        for name, latest in scope.slots["latest"].items():
            latest.copy_(torch.cat([latest[1:], weights[name].unsqueeze(0)]))

    def final_weights(self, slots: dict[str, Tensors]) -> Tensors | None:
        count = min(int(slots["taken"]["count"]), self.settings.last)
        return {name: latest[-count:].mean(0) for name, latest in slots["latest"].items()} if count else None
