"""A block computed as two operations, attention and what follows it, for processors.

A step is made of a thousand small operations, and to launch them through modules and torch's record of gradients takes
a tenth of it. Here each half of a block is one operation to that record, with its gradient written out. Inside and from
block to block the first tokens of all texts lie side by side in memory, then the second ones, [T * B, width]: a head's
part of them can be multiplied where it lies. The numbers are the same up to rounding, and dropout draws the same.
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
from ftcli.models.dropout import mask_by_tokens
from ftcli.models.first_token import AS_BERT, is_narrow
from ftcli.models.lone_query import LoneQuery
from ftcli.models.products import products

_gelu_gradient = torch.ops.aten.gelu_backward.grad_input
_norm_gradient = torch.ops.aten.native_layer_norm_backward.default


@dataclass(frozen=True)
class _Parts:
    """The modules of a block; a family without dropout between attention and its norm has None there."""

    attention: Any
    query: nn.Linear
    key: nn.Linear
    value: nn.Linear
    output: nn.Linear
    first_dropout: nn.Dropout | None
    first_norm: nn.LayerNorm
    inner: nn.Linear
    outer: nn.Linear
    second_dropout: nn.Dropout
    second_norm: nn.LayerNorm

    @property
    def first_rate(self) -> float:
        return 0.0 if self.first_dropout is None else self.first_dropout.p

    @property
    def first_weights(self) -> list[Tensor]:
        return _weights(self.query, self.key, self.value, self.output, self.first_norm)

    @property
    def second_weights(self) -> list[Tensor]:
        return _weights(self.inner, self.outer, self.second_norm)


def _weights(*modules: nn.Linear | nn.LayerNorm) -> list[Tensor]:
    return [weight for module in modules for weight in (module.weight, module.bias)]


def _parts_of_bert(block: Any) -> _Parts:
    attention, first, second = block.attention.self, block.attention.output, block.output
    return _Parts(
        attention,
        *(attention.query, attention.key, attention.value),
        *(first.dense, first.dropout, first.LayerNorm),
        *(block.intermediate.dense, second.dense, second.dropout, second.LayerNorm),
    )


def _parts_of_distilbert(block: Any) -> _Parts:
    attention, ffn = block.attention, block.ffn
    return _Parts(
        attention,
        *(attention.q_lin, attention.k_lin, attention.v_lin),
        *(attention.out_lin, None, block.sa_layer_norm),
        *(ffn.lin1, ffn.lin2, ffn.dropout, block.output_layer_norm),
    )


_FAMILIES = dict.fromkeys(AS_BERT, (_parts_of_bert, "hidden_act")) | {
    "distilbert": (_parts_of_distilbert, "activation")
}
"""Where each family has the parts of its blocks, and what its configuration calls the activation."""


def compute_by_halves(model: Any, blocks: Sequence[nn.Module]) -> None:
    """Have blocks computed so while they are trained with the attention of ``ftcli.models.attention_dropout``."""
    config = model.config
    parts_of, activation = _FAMILIES.get(str(config.model_type), (None, ""))
    if parts_of is None or getattr(config, activation) != "gelu" or getattr(config, "is_decoder", False):
        return
    for block in blocks:
        _replace_forward(block, parts_of(block), config)


def _replace_forward(block: Any, parts: _Parts, config: Any) -> None:
    by_modules = block.forward

    def forward(hidden_states: Tensor, attention_mask: Tensor | None = None, *others: Any, **options: Any) -> Any:
        drops = block.training and config._attn_implementation == ATTENTION and parts.attention.dropout.p > 0
        if drops and _is_plain(hidden_states, attention_mask) and not _asks_for_more(*others, *options.values()):
            return _compute(parts, is_narrow(block), hidden_states, attention_mask)
        return by_modules(hidden_states, attention_mask, *others, **options)

    block.forward = forward


def _is_plain(hidden: Tensor, mask: Tensor | None) -> bool:
    adds = mask is None or mask.is_floating_point()
    return adds and hidden.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def _asks_for_more(*given: Any) -> bool:
    return any(value is not None and value is not False for value in given)


def _compute(parts: _Parts, narrow: bool, hidden: Tensor, mask: Tensor | None) -> Tensor:
    """Return what a block makes of hidden states, [B, T, width]: as many, or [B, 1, width] where it is narrow."""
    first_half = _FirstHalfOfFirstTokens if narrow else _FirstHalf
    seen = first_half.apply(parts, hidden, mask, *parts.first_weights)  # type: ignore[no-untyped-call]
    examples, _, width = hidden.shape
    rows: Tensor = _SecondHalf.apply(parts, examples, seen, *parts.second_weights)  # type: ignore[no-untyped-call]
    return rows.view(-1, examples, width).transpose(0, 1)


class _FirstHalf(torch.autograd.Function):
    """Attention, its output's layer, and the norm of that and what was given: [B, T, width] -> [T * B, width]."""

    @staticmethod
    def forward(ctx: Any, parts: _Parts, hidden: Tensor, mask: Tensor | None, *weights: Tensor) -> Tensor:
        w_q, b_q, w_k, b_k, w_v, b_v, w_o, b_o, w_n, b_n = weights
        linear = products(hidden.dtype).forward
        examples, _, width = hidden.shape
        size = parts.attention.attention_head_size
        heads = examples * width // size
        rows = hidden.transpose(0, 1).reshape(-1, width)
        query = _by_head(linear(rows, w_q, b_q), heads, size)
        key = _by_head(linear(rows, w_k, b_k), heads, size)
        value = _by_head(linear(rows, w_v, b_v), heads, size)
        mask = mask_of_heads(mask, query, heads // examples)
        found, kept = attend((query, key, value), mask, parts.attention.scaling, parts.attention.dropout.p)
        found = _by_row(found, width)
        norm = (w_n, b_n, parts.first_norm.eps)
        seen, closed = _close(linear(found, w_o, b_o), rows, examples, parts.first_rate, norm)
        ctx.scale, ctx.examples = parts.attention.scaling, examples
        of_q, _, of_k, _, of_v, _, of_o, *_ = ctx.needs_input_grad[3:]
        inputs = (rows if of_q or of_k or of_v else None, found if of_o else None)
        ctx.save_for_backward(*kept, *inputs, w_q, w_k, w_v, w_o, *closed)
        return seen

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, shares, dropped, rows, found, w_q, w_k, w_v, w_o, *closed = ctx.saved_tensors
        of_hidden, _, *needed = ctx.needs_input_grad[1:]
        (heads, _, size), width = query.shape, len(w_o)
        by = products(w_o.dtype)
        of_output, of_sums, of_norm = _open(gradient, closed, needed[8:])
        of_found = _by_head(by.of_input(of_output, w_o), heads, size)
        each = gradients_of_attention((query, key, value, shares, dropped), ctx.scale, of_found)
        of_query, of_key, of_value = (_by_row(of_each, width) for of_each in each)
        given = None
        if of_hidden:
            given = by.of_input(of_key, w_k).add_(by.of_input(of_value, w_v))
            given.add_(by.of_input(of_query, w_q)).add_(of_sums)
            given = given.view(-1, ctx.examples, width).transpose(0, 1)
        return (
            *(None, given, None),
            *by.of_layer(of_query, rows, needed[:2]),
            *by.of_layer(of_key, rows, needed[2:4]),
            *by.of_layer(of_value, rows, needed[4:6]),
            *by.of_layer(of_output, found, needed[6:8]),
            *of_norm,
        )


class _FirstHalfOfFirstTokens(torch.autograd.Function):
    """The same for the first token of each text alone: [B, T, width] -> [B, width]."""

    @staticmethod
    def forward(ctx: Any, parts: _Parts, hidden: Tensor, mask: Tensor | None, *weights: Tensor) -> Tensor:
        w_q, b_q, w_k, _, w_v, b_v, w_o, b_o, w_n, b_n = weights
        linear = products(hidden.dtype).forward
        first = hidden[:, 0].contiguous()
        attention = parts.attention
        ctx.lone = LoneQuery(attention.attention_head_size, attention.scaling, attention.dropout.p)
        found, kept = ctx.lone.attend(linear(first, w_q, b_q), hidden, (w_k, w_v, b_v), mask)
        norm = (w_n, b_n, parts.first_norm.eps)
        seen, closed = _close(linear(found, w_o, b_o), first, len(first), parts.first_rate, norm)
        ctx.save_for_backward(first, found, w_q, w_k, w_v, b_v, w_o, *kept, *closed)
        return seen

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        first, found, w_q, w_k, w_v, b_v, w_o, *others = ctx.saved_tensors
        kept, closed = others[:6], others[6:]
        of_hidden, _, *needed = ctx.needs_input_grad[1:]
        by = products(w_o.dtype)
        of_output, of_sums, of_norm = _open(gradient, closed, needed[8:])
        of_found, wanted = by.of_input(of_output, w_o), (of_hidden, needed[2], *needed[4:6])
        of_query, (given, of_w_k, of_w_v, of_b_v) = ctx.lone.gradients(kept, (w_k, w_v, b_v), of_found, wanted)
        if given is not None:
            given[:, 0].add_(by.of_input(of_query, w_q)).add_(of_sums)
        return (
            *(None, given, None),
            *by.of_layer(of_query, first, needed[:2]),
            *(of_w_k, first.new_zeros(len(w_k)) if needed[3] else None),
            *(of_w_v, of_b_v),
            *by.of_layer(of_output, found, needed[6:8]),
            *of_norm,
        )


class _SecondHalf(torch.autograd.Function):
    """The two layers after attention, and the norm of what they give and were given: [N, width] -> [N, width]."""

    @staticmethod
    def forward(ctx: Any, parts: _Parts, examples: int, seen: Tensor, *weights: Tensor) -> Tensor:
        w_1, b_1, w_2, b_2, w_n, b_n = weights
        linear = products(seen.dtype).forward
        inner = linear(seen, w_1, b_1)
        active = F.gelu(inner)
        norm = (w_n, b_n, parts.second_norm.eps)
        output, closed = _close(linear(active, w_2, b_2), seen, examples, parts.second_dropout.p, norm)
        of_1, _, of_2, *_ = ctx.needs_input_grad[3:]
        ctx.save_for_backward(seen if of_1 else None, active if of_2 else None, inner, w_1, w_2, *closed)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        seen, active, inner, w_1, w_2, *closed = ctx.saved_tensors
        needed = ctx.needs_input_grad[3:]
        by = products(w_1.dtype)
        of_output, of_sums, of_norm = _open(gradient, closed, needed[4:])
        of_inner = by.of_input(of_output, w_2)
        _gelu_gradient(of_inner, inner, grad_input=of_inner)
        return (
            *(None, None, by.of_input(of_inner, w_1).add_(of_sums)),
            *by.of_layer(of_inner, seen, needed[:2]),
            *by.of_layer(of_output, active, needed[2:4]),
            *of_norm,
        )


def _by_head(rows: Tensor, heads: int, size: int) -> Tensor:
    """Show [T * B, width] as [B * heads, T, size], without a copy; ``heads`` are those of all examples."""
    return rows.view(-1, heads, size).transpose(0, 1)


def _by_row(found: Tensor, width: int) -> Tensor:
    """Lay out [B * heads, T, size] as [T * B, width]."""
    return found.transpose(0, 1).reshape(-1, width)


def _close(
    rows: Tensor, others: Tensor, examples: int, rate: float, norm: tuple[Tensor, Tensor, float]
) -> tuple[Tensor, Sequence[Tensor | None]]:
    """Return the norm of what dropout leaves of rows, [T * B, width], and others, and what ``_open`` needs.

    The rows are overwritten; ``norm`` is weight, bias and margin.
    """
    weight, bias, margin = norm
    dropout = mask_by_tokens(rows, examples, rate) if rate else None
    sums = rows.add_(others) if dropout is None else torch.addcmul(others, rows, dropout, out=rows)
    output, mean, spread = torch.native_layer_norm(sums, weight.shape, weight, bias, margin)
    return output, (dropout, sums, mean, spread, weight, bias)


def _open(gradient: Tensor, closed: Sequence[Any], needed: Sequence[bool]) -> tuple[Tensor, Tensor, Sequence[Tensor]]:
    """Return the gradients of the rows and the others that ``_close`` was given, and of the norm's weight and bias."""
    dropout, sums, mean, spread, weight, bias = closed
    of_sums, *of_norm = _norm_gradient(gradient, sums, weight.shape, mean, spread, weight, bias, [True, *needed])
    return of_sums if dropout is None else dropout.mul_(of_sums), of_sums, of_norm
