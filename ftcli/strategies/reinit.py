from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt

from ftcli.errors import UsageError
from ftcli.recipes.strategy import Stage, Strategy, StrategySettings, Weights

if TYPE_CHECKING:
    from ftcli.recipes.functions import EncoderView


class ReinitSettings(StrategySettings):
    layers: NonNegativeInt = Field(1, description="How many of the top blocks are drawn afresh.")


class Reinit(Strategy[ReinitSettings]):
    """Re-initialisation: the top blocks and the pooler start from fresh weights, not from the pretrained ones.

    In a model of L blocks, blocks L - layers + 1 to L and the pooler are drawn from the model's own initialiser, as
    before pretraining: matrices from N(0, initializer_range^2), biases 0, norms 1.
    """

    name = "reinit"
    stage = Stage.START
    source = "Zhang et al. 2021, https://arxiv.org/abs/2006.05987"
    Settings = ReinitSettings
    acts_on = frozenset({Weights.MATRICES})
    by_depth = True

    def is_null(self) -> bool:
        return self.settings.layers == 0

    def prepare(self, encoder: EncoderView, seed: int) -> None:
        wanted = self.settings.layers
        if wanted > encoder.depth:
            raise UsageError(
                f"--reinit-layers: {wanted} blocks can't be drawn afresh, the model has {encoder.depth}",
                hint=f"Give a number from 1 to {encoder.depth}.",
            )
        encoder.reinitialise([*encoder.blocks[-wanted:], *encoder.poolers], seed)
