"""An encoder computes what its model does, for every family."""

from __future__ import annotations

import pytest
import torch
from families import FAMILIES, family_encoder

from ftcli.models.encoder import Encoder


@pytest.fixture(params=[name for name in FAMILIES if name != "Albert"])
def encoder(request) -> Encoder:
    return family_encoder(request.param)


def test_the_functional_forward_is_the_models_own(encoder):
    encoder.model.eval()
    inputs = {"input_ids": torch.randint(5, 50, (3, 6)), "attention_mask": torch.ones(3, 6, dtype=torch.long)}
    with torch.no_grad():
        expected = encoder.model(**inputs).logits
        torch.testing.assert_close(encoder.forward(encoder.weights, inputs).logits, expected)
        shift = encoder.no_shift(encoder.weights, inputs)
        torch.testing.assert_close(
            encoder.forward(encoder.weights, inputs, shift).logits, expected, rtol=1e-4, atol=1e-5
        )
        moved = encoder.forward(encoder.weights, inputs, shift + torch.randn_like(shift)).logits
    assert not torch.allclose(moved, expected, rtol=1e-3, atol=1e-5)


def test_blocks_can_be_drawn_afresh(encoder):
    before = {name: weight.detach().clone() for name, weight in encoder.weights.items()}
    encoder.reinitialise([encoder.blocks[-1]], 3)
    changed = {
        encoder.depths[name] for name, weight in encoder.weights.items() if not torch.equal(before[name], weight)
    }
    assert changed == {2}
