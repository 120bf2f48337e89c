"""The highest block computed for the first token alone, where the head reads no other.

The other tokens are still its keys and values. Some five sixths of the block's multiplications are saved, forward and
backward, and what the head reads is the same up to rounding.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.models.library import ALL_ATTENTION_FUNCTIONS

AS_BERT = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
"""Families whose head for sequences reads the first token, and whose blocks are built as BERT's."""


def reads_first_token_alone(model: Any) -> bool:
    """Say whether the highest block of a classifier can be narrowed."""
    return str(model.config.model_type) in AS_BERT and type(model).__name__.endswith("ForSequenceClassification")


def narrow(block: Any) -> None:
    """Have a block return the hidden states of the first token alone, [B, 1, width] in place of [B, T, width]."""
    whole = block.forward

    def forward(hidden_states: Tensor, attention_mask: Tensor | None = None, *others: Any, **options: Any) -> Any:
        if not is_narrow(block):
            return whole(hidden_states, attention_mask, *others, **options)
        first = hidden_states[:, :1]
        mask = attention_mask if attention_mask is None or attention_mask.dim() < 4 else attention_mask[:, :, :1]
        seen = _attend(block.attention.self, first, hidden_states, mask, **options)
        return block.feed_forward_chunk(block.attention.output(seen, first))

    vars(block).update(forward=forward, narrow=True)


def widen(block: nn.Module) -> None:
    """Undo ``narrow``."""
    vars(block).pop("narrow", None)


def is_narrow(block: nn.Module) -> bool:
    """Say whether a block is narrowed."""
    return "narrow" in vars(block)


def _attend(attention: Any, queries: Tensor, hidden: Tensor, mask: Tensor | None, **options: Any) -> Tensor:
    """Return what these queries, [B, Q, width], find in the hidden states, [B, T, width]: [B, Q, width]."""

    def heads(states: Tensor) -> Tensor:
        return states.view(*states.shape[:2], -1, attention.attention_head_size).transpose(1, 2)

    plain = sys.modules[type(attention).__module__].eager_attention_forward
    attend = ALL_ATTENTION_FUNCTIONS.get_interface(attention.config._attn_implementation, plain)
    found, _ = attend(
        attention,
        heads(attention.query(queries)),
        heads(attention.key(hidden)),
        heads(attention.value(hidden)),
        mask,
        dropout=attention.dropout.p if attention.training else 0.0,
        scaling=attention.scaling,
        **options,
    )
    return torch.flatten(found, -2)
