from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class OneCycleSchedulerSettings(StrategySettings):
    rising: float = Field(0.3, gt=0, lt=1, description="Share of the steps in which the rate rises; not --warmup.")
    start: float = Field(25.0, ge=1, description="The peak divided by the first rate.")
    end: float = Field(1e4, ge=1, description="The first rate divided by the last.")


class OneCycleScheduler(Strategy[OneCycleSchedulerSettings]):
    """One cycle: the rate rises along half a cosine from a low start, and falls along another to next to nothing.

    Of S steps (from 0), the peak is at step rising * S - 1; from rate a to rate b, with x from 0 to 1 the way
    between them, the rate is b + (a - b) * (1 + cos(pi * x)) / 2. Momentum, which the paper cycles the other way,
    stays.
    """

    name = "one_cycle_scheduler"
    stage = Stage.SCHEDULE
    source = "Smith & Topin 2018, https://arxiv.org/abs/1708.07120"
    Settings = OneCycleSchedulerSettings
    claims = frozenset({Claim.SCHEDULE})

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        import torch

        step, last = torch.arange(context.steps, dtype=table.dtype), context.steps - 1
        peak = max(0.0, self.settings.rising * context.steps - 1)
        first = 1 / self.settings.start
        rising = _between(first, 1.0, step / peak if peak else torch.ones_like(step))
        falling = _between(1.0, first / self.settings.end, (step - peak) / max(last - peak, 1))
        return table * torch.where(step <= peak, rising, falling).unsqueeze(1)


def _between(start: float, end: float, over: Tensor) -> Tensor:
    return end + (start - end) * (1 + (math.pi * over.clamp(0, 1)).cos()) / 2
