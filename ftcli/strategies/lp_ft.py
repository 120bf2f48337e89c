from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, NonNegativeInt, PositiveFloat

from ftcli.recipes.strategy import Context, Cost, ParameterGroup, Phase, Stage, Strategy, StrategySettings


class LPFTSettings(StrategySettings):
    epochs: NonNegativeInt = Field(1, description="Epochs in which only pooler and head are trained, before --epochs.")
    lr: PositiveFloat = Field(1e-3, description="Constant learning rate of these epochs.")


class LPFT(Strategy[LPFTSettings]):
    """Linear probing, then fine-tuning: first only the head is trained, so that it distorts the features less.

    With the encoder's weights w and the head's v, among them [classes, width], first v alone moves to lower
    loss(w0, v), at a constant rate, then w and v together from there on. The epochs of probing come before the
    others; the optimizer starts afresh after them. The pooler, where the model has one, counts as part of the head;
    in the paper the head is one linear layer and is trained until it converges.
    """

    name = "lp_ft"
    stage = Stage.SCHEDULE
    source = "Kumar et al. 2022, https://arxiv.org/abs/2202.10054"
    Settings = LPFTSettings

    def cost(self) -> Cost:
        return Cost(epochs=self.settings.epochs)

    def is_null(self) -> bool:
        return self.settings.epochs == 0

    def phase(self, groups: Sequence[ParameterGroup], context: Context) -> Phase:
        import torch

        in_head = torch.tensor([group.depth > context.depth for group in groups])
        moving = in_head.repeat(self.settings.epochs * context.steps_per_epoch, 1)
        return Phase(self.settings.lr * moving.double(), moving)
