from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, ObjectiveFn, Outputs
from ftcli.recipes.strategy import Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class ClassWeightsSettings(StrategySettings):
    power: NonNegativeFloat = Field(1.0, description="1 balances the classes fully, 0.5 half-way, 0 not at all.")


class ClassWeights(Strategy[ClassWeightsSettings]):
    """Class weights: examples of rare classes count more.

    With n_c of N training examples in class c of C, the losses [B] of its examples are multiplied by
    (N / (C * n_c)) ** power, whatever else they are made of: with label smoothing, torch's cross_entropy(weight=)
    weighs each class's part of the target by that class instead.
    """

    name = "class_weights"
    stage = Stage.EXAMPLE_WEIGHT
    source = "King & Zeng 2001, https://doi.org/10.1093/oxfordjournals.pan.a004868"
    Settings = ClassWeightsSettings
    classes_only = True

    def is_null(self) -> bool:
        return self.settings.power == 0

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        counts = scope.context.class_counts
        balance = [(sum(counts) / (len(counts) * max(count, 1))) ** self.settings.power for count in counts]

        def weighted(outputs: Outputs, batch: Batch) -> Tensor:
            losses = inner(outputs, batch)
            for number, weight in enumerate(balance):  # a table of them would have to be copied to the device
                losses = losses.where(batch.labels != number, losses * weight)
            return losses

        return weighted
