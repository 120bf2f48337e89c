from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor


class LinearScheduler(Strategy[StrategySettings]):
    """Linear warm-up, then linear decay to 0: the schedule where nothing else sets one.

    With W warm-up steps of S in all, the rate of step s (from 0) is the peak times (s + 1) / (W + 1) while
    s < W, then times (S - s) / (S - W). No step is spent at a rate of 0.
    """

    name = "linear_scheduler"
    stage = Stage.SCHEDULE
    source = "Devlin et al. 2019, https://arxiv.org/abs/1810.04805"
    claims = frozenset({Claim.SCHEDULE})
    fallback = True

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        import torch

        step = torch.arange(context.steps, dtype=table.dtype)
        rising = (step + 1) / (context.warmup_steps + 1)
        falling = (context.steps - step) / (context.steps - context.warmup_steps)
        return table * torch.minimum(rising, falling).unsqueeze(1)
