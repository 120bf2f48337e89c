"""A block computed as two operations, attention and what follows it, for processors.

A step is made of a thousand small operations, and to launch them through modules and torch's record of gradients takes
a tenth of it. Here each half of a block is one operation to that record, with its gradient written out. Between them
the first tokens of all texts lie side by side in memory, then the second ones, [T * B, width], so that heads need no
copies of their own. The numbers are the same up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ftcli.models.attention_dropout import ATTENTION, attend, gradients_of_attention, mask_of_heads
from ftcli.models.dropout import scaled_mask
from ftcli.models.first_token import is_narrow
from ftcli.models.products import products

_gelu_gradient = torch.ops.aten.gelu_backward.grad_input
_norm_gradient = torch.ops.aten.native_layer_norm_backward.default


@dataclass(frozen=True)
class _Parts:
    """The modules of a block: those with weights, in the order of the two halves, and those of its dropouts."""

    attention: Any
    first: Sequence[Any]
    second: Sequence[Any]
    dropouts: Sequence[nn.Dropout | None]

    def rate(self, number: int) -> float:
        dropout = self.dropouts[number]
        return 0.0 if dropout is None else dropout.p


def _parts_of_bert(block: Any) -> _Parts:
    attention, output = block.attention.self, block.attention.output
    return _Parts(
        attention,
        (attention.query, attention.key, attention.value, output.dense, output.LayerNorm),
        (block.intermediate.dense, block.output.dense, block.output.LayerNorm),
        (attention.dropout, output.dropout, block.output.dropout),
    )


def _parts_of_distilbert(block: Any) -> _Parts:
    attention, ffn = block.attention, block.ffn
    return _Parts(
        attention,
        (attention.q_lin, attention.k_lin, attention.v_lin, attention.out_lin, block.sa_layer_norm),
        (ffn.lin1, ffn.lin2, block.output_layer_norm),
        (attention.dropout, None, ffn.dropout),
    )


_AS_BERT = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
_FAMILIES = dict.fromkeys(_AS_BERT, _parts_of_bert) | {"distilbert": _parts_of_distilbert}


def compute_by_halves(model: Any, blocks: Sequence[nn.Module]) -> None:
    """Have blocks computed so while they are trained with the attention of ``ftcli.models.attention_dropout``."""
    config = model.config
    parts_of = _FAMILIES.get(str(config.model_type))
    activation = getattr(config, "hidden_act", getattr(config, "activation", None))
    if parts_of is None or activation != "gelu" or getattr(config, "is_decoder", False):
        return
    for block in blocks:
        _replace_forward(block, parts_of(block), config)


def _replace_forward(block: Any, parts: _Parts, config: Any) -> None:
    ordinary = block.forward

    def forward(hidden: Tensor, mask: Tensor | None = None, *others: Any, **options: Any) -> Any:
        is_trained = block.training and config._attn_implementation == ATTENTION
        if not is_trained or torch.is_autocast_enabled("cpu") or _says_more(*others, *options.values()):
            return ordinary(hidden, mask, *others, **options)
        return _compute(parts, is_narrow(block), hidden, mask)

    block.forward = forward


def _says_more(*given: Any) -> bool:
    return any(value is not None and value is not False for value in given)


def _compute(parts: _Parts, narrow: bool, hidden: Tensor, mask: Tensor | None) -> Tensor:
    """Return what a block makes of hidden states, [B, T, width]: as many, or [B, 1, width] where it is narrow."""
    seen = _Attention.apply(parts, narrow, hidden, mask, *_weights(parts.first))  # type: ignore[no-untyped-call]
    rows: Tensor = _FeedForward.apply(parts, seen, *_weights(parts.second))  # type: ignore[no-untyped-call]
    examples, _, width = hidden.shape
    return rows.view(-1, examples, width).transpose(0, 1)


def _weights(modules: Sequence[Any]) -> list[Tensor]:
    return [weight for module in modules for weight in (module.weight, module.bias)]


class _Attention(torch.autograd.Function):
    """Attention, its output's layer, and the norm of that and what was given: [B, T, width] -> [T or 1 * B, width]."""

    @staticmethod
    def forward(ctx: Any, parts: _Parts, narrow: bool, hidden: Tensor, mask: Tensor | None, *weights: Tensor) -> Tensor:
        w_q, b_q, w_k, b_k, w_v, b_v, w_o, b_o, w_n, b_n = weights
        linear = products(hidden.dtype).forward
        examples, _, width = hidden.shape
        size = parts.attention.attention_head_size
        heads = examples * width // size
        rows = hidden.transpose(0, 1).reshape(-1, width)
        wanted = rows[:examples] if narrow else rows
        query = _by_head(linear(wanted, w_q, b_q), heads, size)
        key = _by_head(linear(rows, w_k, b_k), heads, size)
        value = _by_head(linear(rows, w_v, b_v), heads, size)
        mask = None if mask is None else mask_of_heads(mask[:, :, : query.shape[1]], query, heads // examples)
        found, kept = attend((query, key, value), mask, parts.attention.scaling, parts.rate(0))
        found = _by_row(found, width)
        sums, dropout = _dropped_and_added(linear(found, w_o, b_o), wanted, parts.rate(1))
        seen, mean, spread = torch.native_layer_norm(sums, (width,), w_n, b_n, parts.first[-1].eps)
        ctx.scale, ctx.examples = parts.attention.scaling, examples
        ctx.save_for_backward(rows, wanted, found, sums, dropout, mean, spread, *kept, *weights)
        return seen

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        rows, wanted, found, sums, dropout, mean, spread, *others = ctx.saved_tensors
        kept, weights = others[:5], others[5:]
        w_q, _, w_k, _, w_v, _, w_o, _, w_n, b_n = weights
        of_hidden, _, *needed = ctx.needs_input_grad[2:]
        by, width = products(rows.dtype), rows.shape[1]
        of_sums, of_w_n, of_b_n = _norm_gradient(gradient, sums, (width,), mean, spread, w_n, b_n, [True, *needed[8:]])
        of_output = of_sums if dropout is None else dropout.mul_(of_sums)
        of_found = _by_head(by.of_input(of_output, w_o), *kept[0].shape[::2])
        each = gradients_of_attention(tuple(kept), ctx.scale, of_found)
        of_query, of_key, of_value = (_by_row(of_each, width) for of_each in each)
        given = None
        if of_hidden:
            given = by.of_input(of_key, w_k).add_(by.of_input(of_value, w_v))
            given[: len(wanted)].add_(by.of_input(of_query, w_q)).add_(of_sums)
            given = given.view(-1, ctx.examples, width).transpose(0, 1)
        return (
            *(None, None, given, None),
            *_of_layer(of_query, wanted, needed[:2]),
            *_of_layer(of_key, rows, needed[2:4]),
            *_of_layer(of_value, rows, needed[4:6]),
            *_of_layer(of_output, found, needed[6:8]),
            *(of_w_n, of_b_n),
        )


class _FeedForward(torch.autograd.Function):
    """The two layers after attention, and the norm of what they give and were given: [N, width] -> [N, width]."""

    @staticmethod
    def forward(ctx: Any, parts: _Parts, seen: Tensor, *weights: Tensor) -> Tensor:
        w_1, b_1, w_2, b_2, w_n, b_n = weights
        linear = products(seen.dtype).forward
        inner = linear(seen, w_1, b_1)
        active = F.gelu(inner)
        sums, dropout = _dropped_and_added(linear(active, w_2, b_2), seen, parts.rate(2))
        output, mean, spread = torch.native_layer_norm(sums, w_n.shape, w_n, b_n, parts.second[-1].eps)
        ctx.save_for_backward(seen, inner, active, sums, dropout, mean, spread, *weights)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        seen, inner, active, sums, dropout, mean, spread, w_1, _, w_2, _, w_n, b_n = ctx.saved_tensors
        needed = ctx.needs_input_grad[2:]
        by = products(seen.dtype)
        of_sums, of_w_n, of_b_n = _norm_gradient(gradient, sums, w_n.shape, mean, spread, w_n, b_n, [True, *needed[4:]])
        of_output = of_sums if dropout is None else dropout.mul_(of_sums)
        of_inner = by.of_input(of_output, w_2)
        _gelu_gradient(of_inner, inner, grad_input=of_inner)
        return (
            *(None, by.of_input(of_inner, w_1).add_(of_sums)),
            *_of_layer(of_inner, seen, needed[:2]),
            *_of_layer(of_output, active, needed[2:4]),
            *(of_w_n, of_b_n),
        )


def _by_head(rows: Tensor, heads: int, size: int) -> Tensor:
    """Return [T * B, width] as [B * heads, T, size], in place; ``heads`` are those of all examples."""
    return rows.view(-1, heads, size).transpose(0, 1)


def _by_row(found: Tensor, width: int) -> Tensor:
    """[B * heads, T, size] -> [T * B, width]."""
    return found.transpose(0, 1).reshape(-1, width)


def _dropped_and_added(rows: Tensor, others: Tensor, rate: float) -> tuple[Tensor, Tensor | None]:
    """Drop of these rows, in place, and add the others; return the mask too, if there is one."""
    if not rate:
        return rows.add_(others), None
    mask = scaled_mask(rows, rate)
    return torch.addcmul(others, rows, mask, out=rows), mask


def _of_layer(gradient: Tensor, input: Tensor, needed: Sequence[bool]) -> tuple[Tensor | None, Tensor | None]:
    """Return the gradients of a layer's weight and bias, where they are needed."""
    of_weight, of_bias = needed
    return products(input.dtype).of_weight(gradient, input) if of_weight else None, gradient.sum(0) if of_bias else None
