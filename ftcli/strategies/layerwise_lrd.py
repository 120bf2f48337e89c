from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings


class LayerwiseLRDSettings(StrategySettings):
    decay: float = Field(0.9, gt=0, le=1, description="Each block's rate as a share of the rate of the block above.")


class LayerwiseLRD(Strategy[LayerwiseLRDSettings]):
    """Layer-wise learning-rate decay: the lower the layer, the lower its rate; --lr is the top block's.

    In a model of L blocks, block l (1 at the bottom) has the rate lr * decay ** (L - l), the embeddings
    lr * decay ** L; pooler and head have --head-lr, or lr.
    """

    name = "layerwise_lrd"
    stage = Stage.LAYER_RATES
    source = (
        "Howard & Ruder 2018, https://arxiv.org/abs/1801.06146; Zhang et al. 2021, https://arxiv.org/abs/2006.05987"
    )
    Settings = LayerwiseLRDSettings
    claims = frozenset({Claim.LAYER_RATES})
    by_depth = True

    def is_null(self) -> bool:
        return self.settings.decay == 1

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        return [
            replace(group, lr=group.lr * self.settings.decay ** (context.depth - group.depth))
            if group.depth <= context.depth
            else group
            for group in groups
        ]
