"""Dropout whose masks are drawn four at a time, for processors.

torch draws a 32-bit number for each element, and that takes longer than most of what lies between two matrix products.
Here each 64-bit number of the same generator serves four elements, 16 bits each; a rate is met to 1/65,536.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

_LEVELS = 2**16


def scaled_mask(like: Tensor, rate: float) -> Tensor:
    """Draw what to multiply by: 0 at this rate, elsewhere the number that keeps the mean; the shape of ``like``.

    The numbers are drawn in the order of its axes, in which the mask lies in memory.
    """
    return mask_of(_drawn(like.shape, like.device), rate, like.dtype)


def mask_by_tokens(rows: Tensor, examples: int, rate: float) -> Tensor:
    """Draw what to multiply [T * B, width] by, in the order in which it is drawn for [B, T, width]."""
    bits = _drawn((examples, len(rows) // examples, rows.shape[1]), rows.device)
    return mask_of(bits.transpose(0, 1), rate, rows.dtype).view(rows.shape)


def _drawn(shape: Sequence[int], device: torch.device) -> Tensor:
    count = math.prod(shape)
    bits = random_bits(torch.empty((count + 3) // 4, dtype=torch.int64, device=device))
    return bits[:count].view(shape)


def random_bits(numbers: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Fill 64-bit numbers at random, [N], and return them as numbers of 16 bits, [4 N]."""
    return numbers.random_(-(2**63), None, generator=generator).view(torch.int16)


def mask_of(bits: Tensor, rate: float, dtype: torch.dtype) -> Tensor:
    """Return what to multiply by, of the shape of these random numbers of 16 bits."""
    dropped = round(rate * _LEVELS)
    mask = torch.empty(bits.shape, dtype=dtype, device=bits.device)
    torch.ge(bits, dropped - _LEVELS // 2, out=mask)
    return mask.mul_(_LEVELS / max(_LEVELS - dropped, 1))


def draw_by_16_bits(model: nn.Module, on: bool = True) -> None:
    """Have a model's dropout modules draw so; or by torch's own functions again, which can be mapped."""
    for module in model.modules():
        if type(module) in (nn.Dropout, _Dropout):
            module.__class__ = _Dropout if on else nn.Dropout


class _Dropout(nn.Dropout):
    def forward(self, input: Tensor) -> Tensor:
        return input * scaled_mask(input, self.p) if self.training and self.p > 0 else input
