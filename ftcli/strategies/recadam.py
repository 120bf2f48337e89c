from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field, PositiveFloat

from ftcli.recipes.functions import Tensors
from ftcli.recipes.pulls import pull_back, starts, without_decay
from ftcli.recipes.strategy import (
    Claim,
    Context,
    Cost,
    ParameterGroup,
    Scope,
    Stage,
    Strategy,
    StrategySettings,
    Weights,
)

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class RecAdamSettings(StrategySettings):
    pull: PositiveFloat = Field(1000.0, description="Strength of the pull; it times --lr should stay under 1.")
    steepness: PositiveFloat = Field(0.1, description="How fast the pull gives way to the task, per step.")
    middle: float = Field(0.25, ge=0, le=1, description="Share of the steps after which both weigh the same.")


class RecAdam(Strategy[RecAdamSettings]):
    """RecAdam: at first the weights are held at their starting point, later the task moves them.

    With a(s) = 1 / (1 + exp(-steepness * (s - middle * S))) at step s of S, embeddings and blocks move by a(s)
    times Adam's move, then by -lr * (1 - a(s)) * pull * (w - w0), with w0 of their shape where they started; weight
    decay is left out. Pooler and head move as usual; in the authors' code the pooler is pulled back, too, the middle
    is a number of steps, and pull is 5000 and steepness 0.5 by default.
    """

    name = "recadam"
    stage = Stage.PULL
    source = "Chen et al. 2020, https://arxiv.org/abs/2004.12651"
    Settings = RecAdamSettings
    claims = frozenset({Claim.PULL, Claim.LATE_RATES})
    acts_on = frozenset(Weights)

    def cost(self) -> Cost:
        return Cost(copies=1)

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        return without_decay(groups, context)

    def learning_rates(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        import torch

        task = self._task(torch.arange(context.steps, dtype=table.dtype), context).unsqueeze(1)
        held = torch.tensor([group.depth <= context.depth for group in groups])
        return torch.where(held, table * task, table)

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        return starts(weights, encoder)

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        task = self._task(scope.step, scope.context)  # by which the rate has been multiplied
        pull_back(weights, scope, lambda rate: rate * (1 - task) / task * self.settings.pull)

    def _task(self, step: Tensor, context: Context) -> Tensor:
        """Return the task's share at a step."""
        return (self.settings.steepness * (step - self.settings.middle * context.steps)).clamp(min=-30).sigmoid()
