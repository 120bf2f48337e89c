from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt, PositiveFloat

from ftcli.recipes.functions import Batch, ForwardFn, ObjectiveFn, Outputs, Tensors
from ftcli.recipes.strategy import Context, ParameterGroup, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView

_PROJECTION = "contrastive.projection"


class ContrastiveSettings(StrategySettings):
    share: float = Field(0.5, ge=0, le=1, description="Weight of the contrastive loss; the usual one has the rest.")
    projection: NonNegativeInt = Field(
        0, description="Compare the features in a learned space so wide; 0: as they are."
    )
    temperature: PositiveFloat = Field(0.3, description="The lower, the more near neighbours count.")


class Contrastive(Strategy[ContrastiveSettings]):
    """Supervised contrastive loss: features of the same class are drawn together, others pushed apart.

    With f the features of the batch scaled to length 1 and s_ij = f_i . f_j / temperature, an example's loss is
    (1 - share) * loss - share * mean over the j != i of its class of log(exp(s_ij) / sum over k != i of exp(s_ik)).
    The features are what the last layer of the head reads, [B, width], or with a projection P [out, width] of its own,
    which is not saved with the model, P f. With --grad-accumulation examples are compared
    within --batch-size.
    """

    name = "contrastive"
    stage = Stage.EXTRA_LOSS
    source = "Gunel et al. 2021, https://arxiv.org/abs/2011.01403"
    Settings = ContrastiveSettings
    classes_only = True

    def is_null(self) -> bool:
        return self.settings.share == 0

    def own_parameters(self, encoder: EncoderView, seed: int) -> Tensors:
        import torch

        if not self.settings.projection:
            return {}
        width, generator = encoder.feature_width, torch.Generator().manual_seed(seed)
        like = next(iter(encoder.weights.values()))
        drawn = torch.randn(self.settings.projection, width, generator=generator, dtype=like.dtype)
        return {_PROJECTION: drawn * width**-0.5}

    def parameter_groups(self, groups: list[ParameterGroup], context: Context) -> list[ParameterGroup]:
        if not self.settings.projection:
            return groups
        return [*groups, ParameterGroup("projection", context.depth + 1, context.lr, 0.0, (_PROJECTION,))]

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        def projected(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            outputs = inner(weights, batch, delta)
            assert outputs.features is not None
            return outputs._replace(projected=outputs.features @ weights[_PROJECTION].T)

        return projected if self.settings.projection else inner

    def merged(self, weights: Tensors) -> Tensors:
        return {name: weight for name, weight in weights.items() if name != _PROJECTION}

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        share = self.settings.share

        def contrasted(outputs: Outputs, batch: Batch) -> Tensor:
            features = outputs.features if outputs.projected is None else outputs.projected
            assert features is not None
            contrast = _contrast(features, batch, self.settings.temperature)
            return (1 - share) * inner(outputs, batch) + share * contrast

        return contrasted


def _contrast(features: Tensor, batch: Batch, temperature: float) -> Tensor:
    import torch
    import torch.nn.functional as F

    unit = F.normalize(features, dim=-1)
    others = ~torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    # Finite, since minus infinity times 0 below is not a number.
    log_share = (unit @ unit.T / temperature).masked_fill(~others, -1e9).log_softmax(-1)
    alike = (others & (batch.labels.unsqueeze(0) == batch.labels.unsqueeze(1))).to(unit.dtype)
    return -(log_share * alike).sum(-1) / alike.sum(-1).clamp(min=1)
