from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.recipes.schedules import warmed
from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class CosineScheduler(Strategy[StrategySettings]):
    """Linear warm-up, then the rate falls to 0 along half a cosine.

    With x from 0 to 1 the share of the steps after warm-up that is over, the rate is (1 + cos(pi * x)) / 2 of its peak.
    """

    name = "cosine_scheduler"
    stage = Stage.SCHEDULE
    source = "Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983"
    claims = frozenset({Claim.SCHEDULE})

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        return warmed(table, context, lambda over: (1 + (math.pi * over).cos()) / 2)
