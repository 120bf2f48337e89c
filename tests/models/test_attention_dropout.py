"""Attention whose masks are drawn by 16 bits is attention with dropout, and without dropout what it was."""

from __future__ import annotations

import pytest
import torch

from ftcli.models import attention_dropout, dropout
from ftcli.models.dropout import scaled_mask


@pytest.fixture(params=[1, 3, 15, 16, 17])
def attention(request):
    """Query, key, value and a mask, [B, heads, T, size]."""
    tokens = request.param
    draw = torch.Generator().manual_seed(3)
    given = [torch.randn(2, 3, tokens, 4, generator=draw).requires_grad_() for _ in range(3)]
    mask = torch.zeros(2, 1, tokens, tokens)
    mask[:, :, :, tokens // 2 + 1 :] = torch.finfo(torch.float32).min
    return given, mask


def attended(given, mask, attend):
    output = attend(*given, mask)
    return output, *torch.autograd.grad(output.sin().sum(), given)


def ours(rate):
    module = torch.nn.Module()
    module.is_causal = False
    return lambda *given: attention_dropout._attend(module, *given, dropout=rate)[0]


@pytest.mark.parametrize("masked", [True, False])
def test_attention_that_drops_nothing_is_attention(monkeypatch, attention, masked):
    monkeypatch.setattr(dropout, "mask_of", lambda bits, rate, dtype: torch.ones(bits.shape, dtype=dtype))
    given, mask = attention
    pairs = zip(*(attended(given, mask if masked else None, ours(rate)) for rate in (0.5, 0.0)), strict=True)
    for fast, plain in pairs:
        torch.testing.assert_close(fast, plain, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 3, 5, 5), (1, 3, 5, 5), (1, 1, 5, 5), (2, 1, 1, 5), (5, 5)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_mask_may_be_that_of_several_examples_and_heads_and_values_of_another_width(monkeypatch, shape, dtype):
    monkeypatch.setattr(dropout, "mask_of", lambda bits, rate, dtype: torch.ones(bits.shape, dtype=dtype))
    draw = torch.Generator().manual_seed(3)
    # Laid out in memory as a model has them: the heads of a token side by side.
    given = [
        torch.randn(2, 5, 3, width, generator=draw, dtype=dtype).transpose(1, 2).requires_grad_() for width in (4, 4, 6)
    ]
    mask = torch.randn(shape, generator=draw)
    fast = attended(given, mask, ours(0.5))
    plain = attended(given, mask.to(dtype), ours(0.0))
    for one, other in zip(fast, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("masked", [True, False])
def test_attention_that_drops_has_the_gradient_of_what_it_computes(attention, masked):
    def plain(query, key, value, mask):
        scores = query @ key.transpose(-2, -1) / 2
        shares = torch.softmax(scores if mask is None else scores + mask, -1)
        return (shares * scaled_mask(shares, 0.3) @ value).transpose(1, 2)

    given, mask = attention
    found = []
    for attend in (ours(0.3), plain):
        torch.manual_seed(7)
        found.append(attended(given, mask if masked else None, attend))
    for fast, expected in zip(*found, strict=True):
        torch.testing.assert_close(fast, expected, rtol=1e-4, atol=1e-5)


def test_attention_keeps_two_numbers_for_each_pair_of_tokens():
    given = [torch.randn(1, 1, 64, 4).requires_grad_() for _ in range(3)]
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        ours(0.3)(*given, None)
    assert [tensor.numel() for tensor in kept].count(64 * 64) == 2
