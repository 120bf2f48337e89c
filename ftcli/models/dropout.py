"""Dropout whose masks are drawn four at a time, for processors.

torch draws a 32-bit number for each element, and that takes longer than most of what lies between two matrix products.
Here each 64-bit number of the same generator serves four elements, 16 bits each; a rate is met to 1/65,536.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ftcli.models.library import AttentionInterface, AttentionMaskInterface, eager_mask, sdpa_attention_forward

ATTENTION = "dropout_by_16_bits"
"""The name under which transformers finds the attention of this module."""

_LEVELS = 2**16
_VECTOR = 16
"""Numbers that a processor takes at once, at most."""


def scaled_mask(like: Tensor, rate: float) -> Tensor:
    """Draw what to multiply by: 0 at this rate, elsewhere the number that keeps the mean; the shape of ``like``."""
    numbers = random_bits(torch.empty((like.numel() + 3) // 4, dtype=torch.int64, device=like.device))
    return mask_of(numbers[: like.numel()].view(like.shape), rate, like.dtype)


def random_bits(numbers: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Fill 64-bit numbers at random, [N], and return them as numbers of 16 bits, [4 N]."""
    return numbers.random_(-(2**63), None, generator=generator).view(torch.int16)


def mask_of(bits: Tensor, rate: float, dtype: torch.dtype) -> Tensor:
    """Return what to multiply by, of the shape of these random numbers of 16 bits."""
    dropped = round(rate * _LEVELS)
    mask = torch.empty(bits.shape, dtype=dtype, device=bits.device)
    torch.ge(bits, dropped - _LEVELS // 2, out=mask)
    return mask.mul_(_LEVELS / max(_LEVELS - dropped, 1))


def draw_by_16_bits(model: Any, on: bool = True) -> None:
    """Have a model's dropout, in attention too, drawn so; or from torch's own functions again, which can be mapped."""
    for module in model.modules():
        if type(module) in (nn.Dropout, _Dropout):
            module.__class__ = _Dropout if on else nn.Dropout
    if on and model.config._attn_implementation == "sdpa":
        model.set_attn_implementation(ATTENTION)


class _Dropout(nn.Dropout):
    def forward(self, input: Tensor) -> Tensor:
        return input * scaled_mask(input, self.p) if self.training and self.p > 0 else input


def _attend(
    module: nn.Module, *given: Tensor | None, dropout: float = 0.0, scaling: float | None = None, **options: Any
) -> tuple[Tensor, None]:
    """Attend as transformers' own functions do: [B, heads, Q, size] -> [B, Q, heads, size]."""
    query, key, value, mask = given
    assert isinstance(query, Tensor)
    assert isinstance(key, Tensor)
    assert isinstance(value, Tensor)
    if not dropout:
        found: Tensor
        found, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=scaling, **options)
        return found, None
    scale = scaling or query.shape[-1] ** -0.5
    attended: Tensor = _Attention.apply(query, key, value, mask, scale, dropout)  # type: ignore[no-untyped-call]
    return attended.transpose(1, 2), None


class _Attention(torch.autograd.Function):
    """Attention with dropout, which keeps for its gradient the shares before and after it, and no mask."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        query, key, value, mask, ctx.scale, rate = given
        query, key, value = (each.flatten(0, 1) for each in (query, key, value))
        examples, heads = given[0].shape[:2]
        if mask is not None:
            mask = mask.to(query.dtype).expand(examples, heads, -1, -1).flatten(0, 1)
        shares = _shares(query, key, mask, ctx.scale)
        dropped = shares * scaled_mask(shares, rate)
        ctx.save_for_backward(query, key, value, shares, dropped)
        return _apart(torch.bmm(dropped, value), examples)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, shares, dropped = ctx.saved_tensors
        examples = len(gradient)
        gradient = gradient.flatten(0, 1)
        weighted = torch.bmm(gradient, value.transpose(1, 2)).mul_(dropped)
        of_scores = weighted.addcmul_(shares, weighted.sum(-1, keepdim=True), value=-1).mul_(ctx.scale)
        found = (
            torch.bmm(of_scores, key),
            torch.bmm(of_scores.transpose(1, 2), query),
            torch.bmm(dropped.transpose(1, 2), gradient),
        )
        return *(_apart(each, examples) for each in found), None, None, None


def _apart(joined: Tensor, examples: int) -> Tensor:
    """Give examples and heads axes of their own again: [B * heads, Q, size] -> [B, heads, Q, size]."""
    return joined.view(examples, -1, *joined.shape[1:])


def _shares(query: Tensor, key: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    """Return how much each query attends to each token, and to none of those that fill a vector: [B * heads, Q, T].

    The mask, [1 or B * heads, 1 or Q, T], is added to what the shares are made of.
    """
    tokens = key.shape[1]
    if tokens < _VECTOR:
        key, mask = _lengthened(key, mask)
    if mask is None:
        scores = torch.bmm(query, key.transpose(1, 2)).mul_(scale)
    else:
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=scale)
    return F.softmax(scores, dim=-1)[..., :tokens]


def _lengthened(key: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Add tokens that nobody attends to, since torch's softmax takes rows that fill no vector number by number."""
    tokens = key.shape[-2]
    mask = key.new_zeros(1, 1, tokens) if mask is None else mask
    more = _VECTOR - tokens
    return F.pad(key, (0, 0, 0, more)), F.pad(mask, (0, more), value=torch.finfo(mask.dtype).min)


AttentionInterface.register(ATTENTION, _attend)
AttentionMaskInterface.register(ATTENTION, eager_mask)
