"""Attention on a GPU by the kernels that are fastest for short texts.

torch takes cuDNN's where it can, which are made for long ones: for 16 tokens those of "memory-efficient" attention take
two thirds of their time, for 128 a sixth more. The mask is made once for all blocks, as the numbers that kernels add.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ftcli.models.library import AttentionInterface, AttentionMaskInterface, eager_mask, sdpa_attention_forward

SHORT = "for_short_texts"
"""The name under which transformers finds the attention of this module."""

_TOKENS = 64
"""The longest texts that are short."""

_KERNELS = [SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]


def attend_to_short_texts(model: Any) -> None:
    """Have a model that attends by torch's kernels take these."""
    if model.config._attn_implementation == "sdpa":
        model.set_attn_implementation(SHORT)


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, *given: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Attend as transformers' own functions do: [B, heads, Q, size] -> [B, Q, heads, size]."""
    is_short = key.shape[-2] <= _TOKENS
    with sdpa_kernel(_KERNELS, set_priority=True) if is_short else nullcontext():
        found: tuple[Tensor, None] = sdpa_attention_forward(module, query, key, *given, **options)
    return found


AttentionInterface.register(SHORT, _attend)
AttentionMaskInterface.register(SHORT, eager_mask)
