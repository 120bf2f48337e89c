from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, NonNegativeFloat

from ftcli.recipes.functions import Batch, ForwardFn, ObjectiveFn, Outputs, Tensors
from ftcli.recipes.strategy import Claim, Scope, Stage, Strategy, StrategySettings

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView

_QUANTILES = 1024


class MixupSettings(StrategySettings):
    alpha: NonNegativeFloat = Field(0.4, description="Both parameters of the Beta distribution of the shares.")


class Mixup(Strategy[MixupSettings]):
    """Mixup: the features of each example are mixed with those of another, and so are their losses.

    With f [B, width] the features before the last layer, row i becomes r * f_i + (1 - r) * f_j, and its loss
    r * loss(label i) + (1 - r) * loss(label j), with r ~ Beta(alpha, alpha) and j the row as far from the end as i is
    from the start. Rows are in random order, so that this is as good as drawing j.
    """

    name = "mixup"
    stage = Stage.MIXING
    source = "Zhang et al. 2018, https://arxiv.org/abs/1710.09412; Sun et al. 2020, https://arxiv.org/abs/2010.02394"
    Settings = MixupSettings
    claims = frozenset({Claim.PASSES})

    def is_null(self) -> bool:
        return self.settings.alpha == 0

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        import numpy as np
        from scipy.stats import beta

        middles = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
        shares = beta.ppf(middles, self.settings.alpha, self.settings.alpha)
        return {"beta": {"quantiles": next(iter(weights.values())).detach().new_tensor(shares)}}

    def forward(self, inner: ForwardFn, scope: Scope) -> ForwardFn:
        quantiles = scope.slots["beta"]["quantiles"]

        def mixed(weights: Tensors, batch: Batch, delta: Tensor | None) -> Outputs:
            outputs = inner(weights, batch, delta)
            assert outputs.features is not None
            drawn = scope.noise.uniform(outputs.logits[:, 0].detach())
            shares = quantiles[(drawn * _QUANTILES).long().clamp(max=_QUANTILES - 1)]
            share = shares.unsqueeze(-1)
            features = share * outputs.features + (1 - share) * outputs.features.flip(0)
            logits = scope.encoder.classify(weights, features)
            projected = outputs.projected
            if projected is not None:
                projected = share * projected + (1 - share) * projected.flip(0)
            return outputs._replace(logits=logits, features=features, shares=shares, projected=projected)

        return mixed

    def objective(self, inner: ObjectiveFn, scope: Scope) -> ObjectiveFn:
        def mixed(outputs: Outputs, batch: Batch) -> Tensor:
            assert outputs.shares is not None
            other = inner(outputs, batch._replace(labels=batch.labels.flip(0)))
            return outputs.shares * inner(outputs, batch) + (1 - outputs.shares) * other

        return mixed
