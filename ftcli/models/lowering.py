"""Casting many weights to the type of the matrix products at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from ftcli.recipes.functions import Tensors


def lowered(weights: Tensors, names: Collection[str], dtype: torch.dtype) -> Tensors:
    """Return the weights, those of these names in a lower precision; gradients come back in that of the weights.

    The numbers are those of ``torch.autocast``, which casts each weight where it is used, and so by a kernel each.
    """
    cast: Tensors = {}
    for tracked in (True, False):  # apart: what rests must not get a gradient because others do
        group = [name for name in names if name in weights and weights[name].requires_grad is tracked]
        if group:
            found = _CastAll.apply(dtype, *(weights[name] for name in group))  # type: ignore[no-untyped-call]
            cast.update(zip(group, found, strict=True))
    return weights | cast


class _CastAll(torch.autograd.Function):
    @staticmethod
    def forward(dtype: torch.dtype, *tensors: Tensor) -> tuple[Tensor, ...]:
        cast = [torch.empty_like(tensor, dtype=dtype) for tensor in tensors]
        torch._foreach_copy_(cast, tensors)
        return tuple(cast)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.dtype = inputs[1].dtype

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return None, *_CastAll.apply(ctx.dtype, *gradients)  # type: ignore[no-untyped-call]

    @staticmethod
    def vmap(info: Any, in_dims: Any, dtype: torch.dtype, *tensors: Tensor) -> tuple[Any, Any]:
        return _CastAll.apply(dtype, *tensors), in_dims[1:]  # type: ignore[no-untyped-call]
