from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from ftcli.recipes.strategy import Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class GradualUnfreezingSettings(StrategySettings):
    share: float = Field(0.5, ge=0, le=1, description="Share of the steps after which everything is trained.")


class GradualUnfreezing(Strategy[GradualUnfreezingSettings]):
    """Gradual unfreezing: the head is trained from the start, then block after block from the top joins.

    In a model of L blocks and S steps, what lies at depth d (0: embeddings, L + 1: head) joins at step
    share * S * (L + 1 - d) / (L + 1). What has not joined yet has no gradient, and the optimizer has not counted its
    steps.
    """

    name = "gradual_unfreezing"
    stage = Stage.FREEZING
    source = "Howard & Ruder 2018, https://arxiv.org/abs/1801.06146"
    Settings = GradualUnfreezingSettings
    by_depth = True

    def is_null(self) -> bool:
        return self.settings.share == 0

    def moving(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        import torch

        depth = torch.tensor([group.depth for group in groups])
        joins = self.settings.share * context.steps * (context.depth + 1 - depth) / (context.depth + 1)
        return table & (torch.arange(context.steps).unsqueeze(1) >= joins)
