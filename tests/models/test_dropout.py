"""Masks drawn by 16 bits are those of dropout."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.slow  # thousands of draws
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
