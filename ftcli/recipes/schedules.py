"""What the learning-rate schedules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.context import Context


def warmed(table: Tensor, context: Context, after: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the rates [steps, groups] with warm-up, then with the factor ``after`` of the share of steps that is over.

    With W warm-up steps, step s (from 0) has (s + 1) / (W + 1) of the peak while s < W; no step has a rate of 0.
    """
    import torch

    step = torch.arange(context.steps, dtype=table.dtype)
    rising = (step + 1) / (context.warmup_steps + 1)
    over = (step - context.warmup_steps) / (context.steps - context.warmup_steps)
    return table * torch.where(step < context.warmup_steps, rising, after(over)).unsqueeze(1)
