"""Which kernels compute a model: those that fit its device, or torch's plain ones."""

from __future__ import annotations

from typing import Any

from ftcli.models.attention import attend_to_short_texts
from ftcli.models.attention_dropout import attend_with_dropout
from ftcli.models.dropout import draw_by_16_bits
from ftcli.models.joined import join_products
from ftcli.models.linear import multiply_on_gpu
from ftcli.models.products import multiply_by_onednn, onednn_is_faster


def fit_kernels(model: Any, device: str) -> None:
    """Have a model computed by what is fastest on this type of device."""
    if device == "cpu":
        draw_by_16_bits(model)
        attend_with_dropout(model)
        multiply_by_onednn(model, on=onednn_is_faster())
    else:
        multiply_on_gpu(model)
        join_products(model)
        attend_to_short_texts(model)


def use_plain_kernels(model: Any) -> None:
    """Have a model computed by operations that all can be mapped over seeds."""
    draw_by_16_bits(model, on=False)
    multiply_by_onednn(model, on=False)
    join_products(model, on=False)
    model.set_attn_implementation("eager")
