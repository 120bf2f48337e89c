"""Small functions of tensors that several strategies use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.recipes.context import Context
    from ftcli.recipes.functions import Tensors


def norm_of(tensors: Tensors) -> Tensor:
    """Return the Euclidean norm of all these tensors together, 0-dim."""
    import torch

    norms = [torch.linalg.vector_norm(tensor) for tensor in tensors.values()]
    norm: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    return norm


def rows_to_length(shift: Tensor, length: float) -> Tensor:
    """Scale each example's shift, [B, T, width], to this length; one of 0 stays 0."""
    return length * shift / shift.square().sum((1, 2), keepdim=True).sqrt().clamp(min=1e-12)


def rows_within(shift: Tensor, radius: float) -> Tensor:
    """Scale each example's shift, [B, T, width], that is longer than the radius, down to it."""
    long = shift.square().sum((1, 2), keepdim=True).sqrt()
    return shift * (radius / long.clamp(min=1e-12)).clamp(max=1)


def divergence_of(context: Context) -> Callable[[Tensor, Tensor], Tensor]:
    """Return how far two predictions are apart, (logits [B, C], logits [B, C]) -> [B].

    (KL(p || q) + KL(q || p)) / 2 for classes, the same summed over the labels where each is there or not, the squared
    difference for a regression.
    """
    return {"classification": _symmetric_kl, "multilabel": _symmetric_kl_of_each, "regression": _squared_difference}[
        context.kind
    ]


def _symmetric_kl(first: Tensor, second: Tensor) -> Tensor:
    p, q = first.log_softmax(-1), second.log_softmax(-1)
    return ((p.exp() - q.exp()) * (p - q)).sum(-1) / 2


def _symmetric_kl_of_each(first: Tensor, second: Tensor) -> Tensor:
    return ((first.sigmoid() - second.sigmoid()) * (first - second)).sum(-1) / 2


def _squared_difference(first: Tensor, second: Tensor) -> Tensor:
    return (first - second).square().squeeze(-1)
