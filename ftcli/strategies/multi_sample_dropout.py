from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeInt

from ftcli.recipes.functions import Batch, ForwardFn, ObjectiveFn, Outputs, Tensors
from ftcli.recipes.strategy import Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class MultiSampleDropoutSettings(StrategySettings):
    samples: NonNegativeInt = Field(5, description="How many dropout masks an example's features go through.")
    probability: float = Field(0.5, ge=0, lt=1, description="Share of the features that each of them drops.")


class MultiSampleDropout(Strategy[MultiSampleDropoutSettings]):
    """Multi-sample dropout: the features go through several dropout masks, and the losses are averaged.

    With f [B, width] the features and m_k masks of the same shape that drop each with probability p, the loss of an
    example is the mean over k = 1 .. K of loss(head(m_k * f / (1 - p))). The masks take the place of the model's
    own dropout before the last layer of the head; the encoder runs once.
    """

    name = "multi_sample_dropout"
    stage = Stage.HEAD
    source = "Inoue 2019, https://arxiv.org/abs/1905.09788"
    Settings = MultiSampleDropoutSettings

    def is_null(self) -> bool:
        return self.settings.samples == 0

    def prepare(self, encoder: EncoderView, seed: int) -> None:
        encoder.without_head_dropout()

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        p = self.settings.probability

        def sampled(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            outputs = inner(weights, batch, delta)
            assert outputs.features is not None
            features = outputs.features.unsqueeze(1).expand(-1, self.settings.samples, -1)
            kept = (1 - scope.noise.bernoulli(features, p)) / (1 - p)
            return outputs._replace(samples=scope.encoder.classify(weights, features * kept))

        return sampled

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        def averaged(outputs: Outputs, batch: Batch) -> Tensor:
            import torch

            assert outputs.samples is not None
            losses = [inner(outputs._replace(logits=logits), batch) for logits in outputs.samples.unbind(1)]
            return torch.stack(losses).mean(0)

        return averaged
