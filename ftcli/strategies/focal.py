from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, ObjectiveFn, Outputs
from ftcli.recipes.strategy import Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class FocalSettings(StrategySettings):
    gamma: NonNegativeFloat = Field(2.0, description="How much less an example counts that is right already.")


class Focal(Strategy[FocalSettings]):
    """Focal loss: examples that the model is sure of count less.

    With p [B] the probabilities of the examples' labels, their losses are multiplied by (1 - p) ** gamma.
    """

    name = "focal"
    stage = Stage.EXAMPLE_WEIGHT
    source = "Lin et al. 2017, https://arxiv.org/abs/1708.02002"
    Settings = FocalSettings
    classes_only = True

    def is_null(self) -> bool:
        return self.settings.gamma == 0

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        def focused(outputs: Outputs, batch: Batch) -> Tensor:
            sure = outputs.logits.softmax(-1).gather(-1, batch.labels.unsqueeze(-1)).squeeze(-1)
            # The slope of a power under 1 has no bound at 0.
            return (1 - sure).clamp(min=1e-6) ** self.settings.gamma * inner(outputs, batch)

        return focused
