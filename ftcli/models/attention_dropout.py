"""Attention with dropout, for processors: masks are drawn by 16 bits, and softmax takes whole vectors."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ftcli.models.dropout import scaled_mask
from ftcli.models.library import AttentionInterface, AttentionMaskInterface, eager_mask, sdpa_attention_forward

ATTENTION = "dropout_by_16_bits"
"""The name under which transformers finds the attention of this module."""

_VECTOR = 16
"""Numbers that a processor takes at once, at most."""

Three = tuple[Tensor, Tensor, Tensor]
Kept = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Query, key, value, and the shares before and after dropout, [B * heads, Q, T]."""


def attend_with_dropout(model: Any) -> None:
    """Have a model that attends by torch's own kernels attend so."""
    if model.config._attn_implementation == "sdpa":
        model.set_attn_implementation(ATTENTION)


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
        *given, mask, ctx.scale, rate = given  # type: ignore[assignment]
        examples, heads = given[0].shape[:2]
        query, key, value = (each.flatten(0, 1) for each in given)
        found, kept = attend((query, key, value), mask_of_heads(mask, query, heads), ctx.scale, rate)
        ctx.save_for_backward(*kept)
        return _apart(found, examples)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        found = gradients_of_attention(ctx.saved_tensors, ctx.scale, gradient.flatten(0, 1))
        return *(_apart(each, len(gradient)) for each in found), None, None, None


def mask_of_heads(mask: Tensor | None, like: Tensor, heads: int) -> Tensor | None:
    """Give each head its mask: any that fits [B, heads, Q or more, T] -> [B * heads, 1 or Q, T].

    It is typed as ``like``, [B * heads, Q, ...]. Of more queries than there are it takes the first.
    """
    if mask is None:
        return None
    mask = mask[..., : like.shape[1], :]
    return mask.to(like.dtype).expand(len(like) // heads, heads, -1, -1).flatten(0, 1)


def attend(given: Three, mask: Tensor | None, scale: float, rate: float) -> tuple[Tensor, Kept]:
    """Return what queries find in keys and values, [B * heads, Q, size], and what its gradient needs.

    ``given`` are query, [B * heads, Q, size], key and value, [B * heads, T, size].
    """
    query, key, value = given
    shares, dropped = shares_of(_scores(query, key, mask, scale), rate)
    return torch.bmm(dropped, value), (query, key, value, shares, dropped)


def gradients_of_attention(kept: Kept, scale: float, gradient: Tensor) -> Three:
    """Return the gradients of query, key and value from that of what ``attend`` has found with them."""
    query, key, value, shares, dropped = kept
    of_scores = gradient_of_scores(torch.bmm(gradient, value.transpose(1, 2)), shares, dropped, scale)
    return (
        torch.bmm(of_scores, key),
        torch.bmm(of_scores.transpose(1, 2), query),
        torch.bmm(dropped.transpose(1, 2), gradient),
    )


def _apart(joined: Tensor, examples: int) -> Tensor:
    """Give examples and heads axes of their own again: [B * heads, Q, size] -> [B, heads, Q, size]."""
    return joined.view(examples, -1, *joined.shape[1:])


def _scores(query: Tensor, key: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    """Return how well each query fits each token, [B * heads, Q, T].

    The mask, [1 or B * heads, 1 or Q, T], is added.
    """
    if mask is None:
        return torch.bmm(query, key.transpose(1, 2)).mul_(scale)
    return torch.baddbmm(mask, query, key.transpose(1, 2), alpha=scale)


def shares_of(scores: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """Return how much each query attends to each token, before and after dropout, [B * heads, Q, T] as the scores."""
    tokens = scores.shape[-1]
    # torch's softmax takes rows that fill no vector number by number.
    wide = F.pad(scores, (0, _VECTOR - tokens), value=-torch.inf) if tokens < _VECTOR else scores
    shares = F.softmax(wide, dim=-1)[..., :tokens]
    return shares, shares * scaled_mask(shares, rate)


def gradient_of_scores(gradient: Tensor, shares: Tensor, dropped: Tensor, scale: float) -> Tensor:
    """Return the gradient of what was scaled to be scores, from that of the shares after dropout, which is overwritten.

    All are [B * heads, Q, T].
    """
    weighted = gradient.mul_(dropped)
    return weighted.addcmul_(shares, weighted.sum(-1, keepdim=True), value=-1).mul_(scale)


AttentionInterface.register(ATTENTION, _attend)
AttentionMaskInterface.register(ATTENTION, eager_mask)
