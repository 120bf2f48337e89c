from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt

from ftcli.errors import UsageError
from ftcli.recipes.strategy import Context, ParameterGroup, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class FreezeSettings(StrategySettings):
    layers: NonNegativeInt = Field(2, description="How many of the lowest blocks stay as pretrained.")
    cache: bool = Field(True, description="Compute what they make of each training example only once, if that fits.")


class Freeze(Strategy[FreezeSettings]):
    """Freezing: the embeddings and the lowest blocks stay as they were pretrained.

    With f the embeddings and the lowest blocks and g all above them, the logits are g(f(x)), f held constant. It
    has no gradient, so that the backward pass ends above it, and no dropout, so that what it makes of an example,
    [T, width], never changes: it is computed once and kept, up to 2 GiB of it. Where embeddings are shifted it is
    not used.
    """

    name = "freeze"
    stage = Stage.FREEZING
    source = "Lee et al. 2019, https://arxiv.org/abs/1911.03090"
    Settings = FreezeSettings
    by_depth = True

    def is_null(self) -> bool:
        return self.settings.layers == 0

    def prepare(self, encoder: EncoderView, seed: int) -> None:
        if self.settings.layers > encoder.depth:
            raise UsageError(
                f"--freeze-layers: {self.settings.layers} blocks can't be frozen, the model has {encoder.depth}",
                hint=f"Give a number from 0 to {encoder.depth}.",
            )
        if any(block in encoder.fresh for block in encoder.blocks[: self.settings.layers]):
            raise UsageError(
                f"--freeze and --reinit share blocks: of the lowest {self.settings.layers}, never to be trained, some "
                "start afresh",
                hint="Lower --freeze-layers or --reinit-layers.",
            )
        encoder.rest_below(self.settings.layers, keep_activations=self.settings.cache)

    def moving(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        return table & table.new_tensor([group.depth > self.settings.layers for group in groups])
