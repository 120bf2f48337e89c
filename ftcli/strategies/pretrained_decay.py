from __future__ import annotations

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
    from ftcli.recipes.functions import EncoderView


class PretrainedDecaySettings(StrategySettings):
    decay: PositiveFloat = Field(0.01, description="Strength of the decay, in the place of --weight-decay.")


class PretrainedDecay(Strategy[PretrainedDecaySettings]):
    """Pre-trained weight decay: embeddings and blocks decay towards where they started, not towards 0.

    After the optimizer's own move, each step moves w by -lr * decay * (w - w0), with w0 of its shape where it
    started, whatever the optimizer; biases and norms, too, whatever --no-decay says. Pooler and head keep the usual
    decay; in the authors' code the pooler is pulled back, too.
    """

    name = "pretrained_decay"
    stage = Stage.PULL
    source = "Zhang et al. 2021, https://arxiv.org/abs/2006.05987"
    Settings = PretrainedDecaySettings
    claims = frozenset({Claim.PULL})
    acts_on = frozenset(Weights)

    def cost(self) -> Cost:
        return Cost(copies=1)

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        return without_decay(groups, context)

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        return starts(weights, encoder)

    def after_update(self, weights: Tensors, scope: Scope) -> None:
        pull_back(weights, scope, lambda rate: rate * self.settings.decay)
