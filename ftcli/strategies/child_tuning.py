from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.strategy import Cost, Scope, Stage, Strategy, StrategySettings, Weights

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.functions import EncoderView


class ChildTuningSettings(StrategySettings):
    share: float = Field(0.3, gt=0, le=1, description="Share of the pretrained weights that has a gradient.")
    driven: bool = Field(
        False, description="Choose them once, by Fisher information from an epoch before training, not at each step."
    )


class ChildTuning(Strategy[ChildTuningSettings]):
    """Child-Tuning: only a part of the pretrained weights, the child network, has a gradient.

    Task-free: at each step the gradient of a pretrained weight, embeddings included, is multiplied by m / share,
    with m of its shape, each element ~ Bernoulli(share). Task-driven: before training, the squares of the batches'
    gradients are summed over an epoch, and the largest share of them marks the weights whose gradient is kept all
    along. Gradients are clipped after this, by the norm of what is left; in the authors' code before. Of embeddings,
    rows in use alone are drawn for, so that --no-compact-vocabulary gives another draw of the same distribution.
    """

    name = "child_tuning"
    stage = Stage.GRADIENT_MASK
    source = "Xu et al. 2021, https://arxiv.org/abs/2109.05687"
    Settings = ChildTuningSettings
    acts_on = frozenset(Weights)

    def is_null(self) -> bool:
        return self.settings.share == 1

    def cost(self) -> Cost:
        return Cost(copies=1, epochs=1) if self.settings.driven else Cost()

    def looks_at_whole_table(self) -> bool:
        return self.settings.driven

    def slots(self, weights: Tensors, encoder: EncoderView) -> dict[str, Tensors]:
        import torch

        if not self.settings.driven:
            return {}
        return {"kept": {name: torch.zeros_like(weights[name].detach()) for name in encoder.pretrained}}

    def survey(
        self, slots: dict[str, Tensors], batches: Iterable[Batch], gradient: Callable[[Batch], Gradients]
    ) -> None:
        if self.settings.driven:
            fisher = slots["kept"]
            for batch in batches:
                found = gradient(batch).weights
                for name, total in fisher.items():
                    total.add_(found[name].square())
            least = _least_of_largest(fisher, self.settings.share)
            for total in fisher.values():
                total.copy_(total >= least)

    def gradient(self, inner: GradientFn, scope: Scope) -> GradientFn:
        pretrained, share = set(scope.encoder.pretrained), self.settings.share

        def child(
            weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
        ) -> Gradients:
            found = inner(weights, batch, delta, with_delta=with_delta)
            masked = {name: mask(name, each) for name, each in found.weights.items() if name in pretrained}
            return found._replace(weights=found.weights | masked)

        def mask(name: str, gradient: Tensor) -> Tensor:
            if self.settings.driven:
                return gradient * scope.slots["kept"][name]
            return gradient * scope.noise.bernoulli(gradient, share) / share

        return child


def _least_of_largest(tensors: Tensors, share: float) -> Tensor:
    import torch

    values = torch.cat([tensor.flatten() for tensor in tensors.values()])
    return values.topk(max(1, int(share * len(values)))).values[-1]
