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


def test_in_lower_precision_it_trains_on_and_evaluates_as_ever(encoder):
    inputs = {"input_ids": torch.randint(5, 50, (3, 6)), "attention_mask": torch.ones(3, 6, dtype=torch.long)}
    for module in encoder.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    encoder.train()
    exact = encoder.forward(encoder.weights, inputs).logits
    encoder.train_in(torch.bfloat16)
    rounded, features, *_ = encoder.forward(encoder.weights, inputs)
    assert (rounded.dtype, features.dtype) == (torch.float32, torch.float32)
    assert not torch.equal(rounded, exact)
    torch.testing.assert_close(rounded, exact, rtol=0.05, atol=0.02)
    gradients = torch.autograd.grad(rounded.sum(), encoder.weights.values(), materialize_grads=True)
    assert {gradient.dtype for gradient in gradients} == {torch.float32}
    encoder.train(False)
    evaluated = encoder.forward(encoder.weights, inputs).logits
    encoder.train_in(None)
    assert torch.equal(evaluated, encoder.forward(encoder.weights, inputs).logits)


def test_weights_are_those_given_be_they_the_models_own_copies_or_some_of_them_others(encoder):
    encoder.model.eval()
    inputs = {"input_ids": torch.randint(5, 50, (3, 6)), "attention_mask": torch.ones(3, 6, dtype=torch.long)}
    copies = {name: weight.detach().clone() for name, weight in encoder.weights.items()}
    one = f"{encoder.last_name}.weight"
    others = encoder.weights | {one: copies[one] + torch.randn_like(copies[one])}
    with torch.no_grad():
        own, copied, moved = (encoder.forward(given, inputs).logits for given in (encoder.weights, copies, others))
    assert torch.equal(own, copied)
    assert not torch.allclose(own, moved)
    assert all(torch.equal(weight, copies[name]) for name, weight in encoder.weights.items())
