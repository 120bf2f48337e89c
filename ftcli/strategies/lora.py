from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field, PositiveFloat, PositiveInt

from ftcli.recipes.functions import ParametersFn, Tensors
from ftcli.recipes.strategy import Claim, Context, ParameterGroup, Scope, Stage, Strategy, StrategySettings, Weights

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView

_DOWN, _UP, _LENGTH = "lora.down.", "lora.up.", "lora.length."


class LoRASettings(StrategySettings):
    rank: PositiveInt = Field(8, description="Rank of the change to each matrix.")
    alpha: PositiveFloat = Field(16.0, description="Scale of the change: it is multiplied by alpha / rank.")
    root: bool = Field(False, description="Multiply by alpha / sqrt(rank) instead (rsLoRA, arXiv 2312.03732).")
    dora: bool = Field(False, description="Train the length of each row apart from its direction (DoRA).")
    lr_factor: PositiveFloat = Field(10.0, description="Rate of the new matrices, in units of their layer's.")


class LoRA(Strategy[LoRASettings]):
    """LoRA: the pretrained weights rest, and each matrix of the blocks gets a change of low rank that is trained.

    A matrix W [out, in] is used as W + scale * U D, with D [rank, in] drawn at random and U [out, rank] = 0 at the
    start. With DoRA (Liu et al. 2024, arXiv 2402.09353) each row of that has a length of its own, trained from the
    one it had: m * V / |V|, with |V| taken as a constant in the gradient (after --tapt the length is the one before
    it). At the end W is replaced, so that the saved model has its usual form. Pooler and head are trained as they
    are.
    """

    name = "lora"
    stage = Stage.ADAPTER
    source = "Hu et al. 2022, https://arxiv.org/abs/2106.09685"
    Settings = LoRASettings
    claims = frozenset({Claim.TRAINED_KINDS})
    holds = frozenset(Weights)

    def own_parameters(self, encoder: EncoderView, seed: int) -> Tensors:
        import torch

        generator = torch.Generator().manual_seed(seed)
        own = {}
        for name in encoder.matrices:
            if encoder.depths[name] <= encoder.depth:
                matrix, rank = encoder.weights[name].detach(), self.settings.rank
                down = torch.rand(rank, matrix.shape[1], generator=generator, dtype=matrix.dtype)
                own[_DOWN + name] = (2 * down - 1) * matrix.shape[1] ** -0.5
                own[_UP + name] = matrix.new_zeros(matrix.shape[0], rank)
                if self.settings.dora:
                    own[_LENGTH + name] = torch.linalg.vector_norm(matrix, dim=1)
        return own

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        adapters = [self._adapters(group, context) for group in groups]
        return [*groups, *(group for group in adapters if group.parameters)]

    def moving(self, table: Tensor, groups: Sequence[ParameterGroup], context: Context) -> Tensor:
        trained = [group.depth > context.depth or group.parameters[0] in context.own for group in groups]
        return table & table.new_tensor(trained)

    def parameters(self, inner: ParametersFn, scope: Scope) -> ParametersFn:
        return lambda weights: self.merged(inner(weights))

    def merged(self, weights: Tensors) -> Tensors:
        model = {name: weight for name, weight in weights.items() if not name.startswith((_DOWN, _UP, _LENGTH))}
        adapted = [name.removeprefix(_UP) for name in weights if name.startswith(_UP)]
        return model | {name: self._changed(name, weights) for name in adapted}

    def _changed(self, name: str, weights: Tensors) -> Tensor:
        import torch

        scale = self.settings.alpha / self.settings.rank ** (0.5 if self.settings.root else 1)
        changed: Tensor = weights[name] + scale * weights[_UP + name] @ weights[_DOWN + name]
        if not self.settings.dora:
            return changed
        length = torch.linalg.vector_norm(changed, dim=1).detach()
        scaled: Tensor = (weights[_LENGTH + name] / length).unsqueeze(1) * changed
        return scaled

    def _adapters(self, group: ParameterGroup, context: Context) -> ParameterGroup:
        names = [each + name for name in group.parameters for each in (_DOWN, _UP, _LENGTH)]
        return ParameterGroup(
            name=f"{group.name}, LoRA",
            depth=group.depth,
            lr=group.lr * self.settings.lr_factor,
            weight_decay=group.weight_decay,
            parameters=tuple(name for name in names if name in context.own),
        )
