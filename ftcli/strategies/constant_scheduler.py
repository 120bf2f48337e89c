from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.recipes.schedules import warmed
from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class ConstantScheduler(Strategy[StrategySettings]):
    """Linear warm-up, then the rate stays at its peak.

    With W warm-up steps the rate of step s (from 0) is the peak times min(1, (s + 1) / (W + 1)).
    """

    name = "constant_scheduler"
    stage = Stage.SCHEDULE
    source = "Mosbach et al. 2021, https://arxiv.org/abs/2006.04884, on the part of warm-up"
    claims = frozenset({Claim.SCHEDULE})

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        import torch

        return warmed(table, context, torch.ones_like)
