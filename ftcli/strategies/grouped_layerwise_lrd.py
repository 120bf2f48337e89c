from __future__ import annotations

from dataclasses import replace

from pydantic import Field, PositiveFloat

from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings


class GroupedLayerwiseLRDSettings(StrategySettings):
    middle: PositiveFloat = Field(1.75, description="Rate of the middle third of the blocks, in units of --lr.")
    top: PositiveFloat = Field(3.5, description="Rate of the top third of the blocks, in units of --lr.")
    head: PositiveFloat = Field(3.6, description="Rate of pooler and head, in units of --lr; --head-lr overrides it.")


class GroupedLayerwiseLRD(Strategy[GroupedLayerwiseLRDSettings]):
    """Grouped layer-wise rates: the blocks in three equal groups with a rate each; --lr is the lowest group's.

    Block l of L (1 at the bottom) is in group floor(3 * (l - 1) / L); the embeddings are with the lowest.
    """

    name = "grouped_layerwise_lrd"
    stage = Stage.LAYER_RATES
    source = "Chang 2021, Advanced Techniques for Fine-tuning Transformers (Towards Data Science)"
    Settings = GroupedLayerwiseLRDSettings
    claims = frozenset({Claim.LAYER_RATES})
    by_depth = True

    def is_null(self) -> bool:
        return self.settings.middle == self.settings.top == self.settings.head == 1

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        return [replace(group, lr=group.lr * self._factor(group.depth, context)) for group in groups]

    def _factor(self, depth: int, context: Context) -> float:
        if depth > context.depth:
            return self.settings.head if context.head_lr is None else 1.0
        thirds = (1.0, self.settings.middle, self.settings.top)
        return thirds[max(0, 3 * (depth - 1) // context.depth)]
