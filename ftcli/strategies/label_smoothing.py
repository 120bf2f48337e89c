from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ftcli.recipes.functions import Batch, ObjectiveFn, Outputs
from ftcli.recipes.strategy import Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class LabelSmoothingSettings(StrategySettings):
    epsilon: float = Field(0.1, ge=0, lt=1, description="Share of the target that is spread over all classes.")


class LabelSmoothing(Strategy[LabelSmoothingSettings]):
    """Label smoothing: the target is 1 - epsilon on the label, and epsilon spread evenly over all classes.

    With p [B, C] the distributions over C classes, an example's loss is (1 - epsilon) * loss - epsilon * sum(log
    p) / C.
    """

    name = "label_smoothing"
    stage = Stage.TARGET
    source = "Szegedy et al. 2016, https://arxiv.org/abs/1512.00567"
    Settings = LabelSmoothingSettings
    classes_only = True

    def is_null(self) -> bool:
        return self.settings.epsilon == 0

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        epsilon = self.settings.epsilon

        def smoothed(outputs: Outputs, batch: Batch) -> Tensor:
            return (1 - epsilon) * inner(outputs, batch) - epsilon * outputs.logits.log_softmax(-1).mean(-1)

        return smoothed
