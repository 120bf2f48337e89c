"""Gradient clipping by the norm of all gradients together."""

from __future__ import annotations

from torch import Tensor

from ftcli.recipes.functions import Batch, GradientFn, Gradients, Tensors
from ftcli.recipes.tensors import norm_of


def clipped(inner: GradientFn, max_norm: float) -> GradientFn:
    """Wrap a gradient function so that its gradients' norm is at most ``max_norm``; measures the norm before."""

    def clip(weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False) -> Gradients:
        gradients = inner(weights, batch, delta, with_delta=with_delta)
        norm = norm_of(gradients.weights)
        factor = (max_norm / (norm + 1e-6)).clamp(max=1)
        for gradient in gradients.weights.values():
            gradient.mul_(factor)  # in place: nobody else has these tensors, and new ones would cost a sweep of memory
        return gradients._replace(measures=gradients.measures | {"gradient_norm": norm})

    return clip
