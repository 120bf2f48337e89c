"""Linear layers for a GPU: the gradients of their biases are products of matrices, too.

torch sums a gradient over the tokens by a kernel that takes twice the time of a product with a row of ones, in the
types that a GPU multiplies fast. Both add in 32 bits, so that the numbers are the same up to rounding.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_FAST = (torch.bfloat16, torch.float16)
"""The types that a GPU multiplies fast."""


def multiply_on_gpu(model: nn.Module) -> None:
    """Have a model's plain linear layers computed so."""
    for module in model.modules():
        if type(module) is nn.Linear:
            module.__class__ = Linear


class Linear(nn.Linear):
    """A linear layer computed by ``linear``."""

    def forward(self, input: Tensor) -> Tensor:
        """Return what it makes of its input, [..., n] -> [..., m]."""
        return linear(input, self.weight, self.bias)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Multiply [..., n] by [m, n] transposed and add [m], in the type of the weight: [..., m]."""
    if bias is None or weight.dtype not in _FAST:
        return F.linear(input, weight, bias)
    product: Tensor = _Product.apply(input.to(weight.dtype), weight, bias)  # type: ignore[no-untyped-call]
    return product


class _Product(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(input: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return F.linear(input, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        of_input, of_weight, of_bias = ctx.needs_input_grad
        rows = gradient.flatten(0, -2)
        return (
            gradient @ weight if of_input else None,
            rows.t() @ input.flatten(0, -2) if of_weight else None,
            rows.new_ones(1, len(rows)).matmul(rows).squeeze(0) if of_bias else None,
        )
