"""Masks drawn by 16 bits are those of dropout, and attention without dropout is what it was."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from ftcli.models import dropout
from ftcli.models.dropout import scaled_mask


@settings(max_examples=30, deadline=None)
@given(rate=st.floats(0, 0.99), shape=st.lists(st.integers(1, 9), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_a_mask_has_two_values_that_keep_the_mean(rate, shape, seed):
    torch.manual_seed(seed)
    mask = scaled_mask(torch.empty(shape, dtype=torch.float64), rate)
    assert list(mask.shape) == shape
    kept = 65536 / (65536 - round(rate * 65536))
    assert set(mask.unique().tolist()) <= {0.0, kept}
    assert kept * (1 - rate) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_elements_are_dropped_at_the_rate_and_independently(rate):
    torch.manual_seed(0)
    dropped = (scaled_mask(torch.empty(400_000), rate) == 0).double()
    assert dropped.mean().item() == pytest.approx(rate, abs=4 * (rate * (1 - rate) / 400_000) ** 0.5)
    for lag in (1, 2, 3, 4, 5, 8):  # four elements share a number
        together = (dropped[lag:] * dropped[:-lag]).mean().item()
        assert together == pytest.approx(rate**2, abs=5 * (rate**2 * (1 - rate**2) / 400_000) ** 0.5)


def test_a_seed_gives_the_same_mask_again():
    torch.manual_seed(5)
    first = scaled_mask(torch.empty(33), 0.3)
    torch.manual_seed(5)
    assert torch.equal(scaled_mask(torch.empty(33), 0.3), first)


def test_the_mean_over_many_masks_is_what_dropout_leaves_out():
    encoder = tiny_encoder(layers=1, dropout=0.2)
    encoder.to(torch.device("cpu"))
    layer = encoder.blocks[0].attention
    layer.output.LayerNorm = torch.nn.Identity()  # what follows is linear in the masks, but for this
    hidden = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = layer.eval()(hidden)[0]
        layer.train()
        torch.manual_seed(2)
        drawn = torch.stack([layer(hidden)[0] for _ in range(4000)])
    error = drawn.std(0) / 4000**0.5
    assert (drawn.std(0) > 0).all()
    assert ((drawn.mean(0) - expected).abs() < 5 * error).all()


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
    return lambda *given: dropout._attend(module, *given, dropout=rate)[0]


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


def test_without_dropout_nothing_changes_and_torch_s_own_comes_back():
    encoder = tiny_encoder(dropout=0.2)
    inputs = random_batch().inputs
    encoder.train(False)
    before = encoder.forward(encoder.weights, inputs).logits
    encoder.to(torch.device("cpu"))
    torch.testing.assert_close(encoder.forward(encoder.weights, inputs).logits, before)
    assert not any(type(module) is torch.nn.Dropout for module in encoder.model.modules())
    encoder.use_plain_operations()
    assert {type(module) for module in encoder.model.modules() if isinstance(module, torch.nn.Dropout)} == {
        torch.nn.Dropout
    }
    torch.testing.assert_close(encoder.forward(encoder.weights, inputs).logits, before)
