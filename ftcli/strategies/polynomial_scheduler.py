from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field, PositiveFloat

from ftcli.recipes.schedules import warmed
from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class PolynomialSchedulerSettings(StrategySettings):
    power: PositiveFloat = Field(2.0, description="Exponent of the fall; 1 is the linear schedule.")


class PolynomialScheduler(Strategy[PolynomialSchedulerSettings]):
    """Linear warm-up, then the rate falls to 0 as a power of the steps left.

    With x from 0 to 1 the share of the steps after warm-up that is over, the rate is (1 - x) ** power of its peak.
    """

    name = "polynomial_scheduler"
    stage = Stage.SCHEDULE
    source = "Liu et al. 2015, https://arxiv.org/abs/1506.04579"
    Settings = PolynomialSchedulerSettings
    claims = frozenset({Claim.SCHEDULE})

    def is_null(self) -> bool:
        return self.settings.power == 1

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        return warmed(table, context, lambda over: (1 - over) ** self.settings.power)
