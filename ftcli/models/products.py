"""Matrix products of linear layers by oneDNN, for processors on which torch's own choice leaves half of them unused.

torch multiplies 32-bit numbers with MKL, which takes instructions of 512 bits on Intel's processors alone; oneDNN,
which comes with torch too, takes them wherever they are. AMD's Zen 5 carries them out at full width; Zen 4 takes two
turns for each, and gains where oneDNN copies little. The numbers are the same up to rounding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ftcli.processor import described

_OPERATION = "_linear_pointwise"
_ZEN_5 = 26
"""Its processor family, the first with units of 512 bits."""


@cache
def onednn_is_faster() -> bool:
    """Say whether this is such a processor, and this torch has the operation: always the same on the same machine."""
    wide = torch.backends.cpu.get_cpu_capability() == "AVX512"
    known: bool = torch._C.has_mkl and torch._C._has_mkldnn and hasattr(torch.ops.mkldnn, _OPERATION)
    return wide and known and "GenuineIntel" not in described()


def of_few_shapes(length: int) -> int:
    """Round the tokens of a batch up to one of eight lengths an octave, where oneDNN multiplies.

    It keeps kernels of half a megabyte for each shape that it has met.

    >>> [_one_of_few(length) for length in (7, 15, 17, 33, 130)]
    [7, 15, 18, 36, 144]
    """
    return _one_of_few(length) if onednn_is_faster() else length


def _one_of_few(length: int) -> int:
    step = 1 << max(0, length.bit_length() - 4)
    return -(-length // step) * step


def multiply_by_onednn(model: nn.Module, on: bool = True) -> None:
    """Have a model's linear layers multiplied so, or by torch's own functions again, which can be mapped."""
    for module in model.modules():
        if type(module) in (nn.Linear, _Linear):
            module.__class__ = _Linear if on else nn.Linear


def multiply(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """Multiply [..., n] by [m, n] transposed, in float32: [..., m].

    Either may be a transposed matrix; with gaps between its rows it takes a hundred times longer.
    """
    product: Tensor = getattr(torch.ops.mkldnn, _OPERATION)(left, right, bias, "none", [], "")
    return product


@dataclass(frozen=True)
class Products:
    """How a linear layer, its weight [m, n], is multiplied, and what leads to its gradients.

    ``forward`` takes input [N, n], weight and bias: [N, m]; ``of_input`` the gradient of that and the weight: [N, n];
    ``of_weight`` the same gradient and the input: [m, n].
    """

    forward: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    of_input: Callable[[Tensor, Tensor], Tensor]
    of_weight: Callable[[Tensor, Tensor], Tensor]

    def of_layer(
        self, gradient: Tensor, input: Tensor | None, needed: Sequence[bool]
    ) -> tuple[Tensor | None, Tensor | None]:
        """Return the gradients of weight and bias where they are needed; the first alone needs the input."""
        of_weight = self.of_weight(gradient, input) if needed[0] and input is not None else None
        return of_weight, gradient.sum(0) if needed[1] else None


def _multiply_transposed(left: Tensor, right: Tensor) -> Tensor:
    """Multiply [N, m] transposed by [N, n]: [m, n]. oneDNN copies the left one, torch's own take it as it lies."""
    copies_little = left.shape[1] < right.shape[1]
    return multiply(left.t(), right.t()) if copies_little or _has_full_width() else left.t() @ right


_BY_TORCH = Products(F.linear, torch.matmul, lambda gradient, input: gradient.t() @ input)
_BY_ONEDNN = Products(multiply, lambda gradient, weight: multiply(gradient, weight.t()), _multiply_transposed)


def products(dtype: torch.dtype) -> Products:
    """Return what multiplies numbers of this type fastest on this processor, for matrices that are not empty."""
    return _BY_ONEDNN if dtype is torch.float32 and onednn_is_faster() else _BY_TORCH


class _Linear(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        if torch.compiler.is_compiling() or not _multiplied(input, self.weight):
            return super().forward(input)
        product: Tensor = _Product.apply(input.contiguous(), self.weight, self.bias)  # type: ignore[no-untyped-call]
        return product


def _multiplied(input: Tensor, weight: Tensor) -> bool:
    alike = input.dtype == weight.dtype == torch.float32 and input.device == weight.device
    return alike and input.device.type == "cpu" and input.dim() > 1 and input.numel() > 0


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(input, weight)
        return multiply(input, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        of_input, *needed = ctx.needs_input_grad
        gradient = gradient.contiguous()
        of_layer = _BY_ONEDNN.of_layer(gradient.flatten(0, -2), input.flatten(0, -2), needed)
        return _BY_ONEDNN.of_input(gradient, weight) if of_input else None, *of_layer


@cache
def _has_full_width() -> bool:
    """Whether the units of this processor, AMD's, are as wide as its instructions."""
    family = re.search(r"family\D*(\d+)", described(), re.IGNORECASE)
    return family is not None and int(family[1]) >= _ZEN_5
