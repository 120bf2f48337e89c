from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Stage, Strategy, StrategySettings, Weights

if TYPE_CHECKING:
    from torch import Tensor

_BIASES = "biases"


class BitFit(Strategy[StrategySettings]):
    """BitFit: of the pretrained weights only the biases are trained, and the head.

    Of each layer W x + b, with W [out, in] and b [out], only b has a gradient, and of each norm's w * x + b, too.
    The pooler is trained whole, its matrix included, as part of the head: in the paper its matrix rests. It wants a
    higher --lr than full fine-tuning: 1e-4 to 1e-3 in the paper.
    """

    name = "bitfit"
    stage = Stage.ADAPTER
    source = "Ben Zaken et al. 2022, https://arxiv.org/abs/2106.10199"
    claims = frozenset({Claim.TRAINED_KINDS})
    holds = frozenset({Weights.MATRICES})

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        return [part for group in groups for part in _split(group)]

    def moving(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        trained = [group.depth > context.depth or group.name.endswith(_BIASES) for group in groups]
        return table & table.new_tensor(trained)


def _split(group: ParameterGroup) -> list[ParameterGroup]:
    biases = tuple(name for name in group.parameters if name.endswith("bias"))
    others = tuple(name for name in group.parameters if name not in biases)
    parts = [replace(group, parameters=others), replace(group, name=f"{group.name}, {_BIASES}", parameters=biases)]
    return [part for part in parts if part.parameters]
