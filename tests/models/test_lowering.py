"""Weights cast all at once, alone and mapped over seeds."""

from __future__ import annotations

import pytest
import torch
from torch.func import grad, vmap

from ftcli.models.lowering import lowered


def product(weights, inputs):
    return (inputs.bfloat16() @ weights["a"].bfloat16()).float().square().sum() + weights["b"].sum()


def product_of_lowered(weights, inputs):
    return product(lowered(weights, ["a", "c"], torch.bfloat16), inputs)


def test_gradients_are_those_of_single_casts_in_the_precision_of_the_weights():
    weights = {"a": torch.randn(3, 4), "b": torch.randn(2), "c": torch.randn(2)}
    inputs = torch.randn(5, 3)
    found = grad(product_of_lowered)(weights, inputs)
    expected = grad(product)(weights, inputs)
    for name, gradient in expected.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], gradient)


def test_so_are_they_mapped_over_seeds():
    weights = {"a": torch.randn(2, 3, 4), "b": torch.randn(2, 2)}
    inputs = torch.randn(2, 5, 3)
    found = vmap(grad(product_of_lowered))(weights, inputs)
    for seed in range(2):
        alone = grad(product)({name: weight[seed] for name, weight in weights.items()}, inputs[seed])
        for name, gradient in alone.items():
            torch.testing.assert_close(found[name][seed], gradient, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("tracked", [True, False])
def test_what_rests_gets_no_gradient(tracked):
    weights = {"a": torch.randn(3, 4).requires_grad_(tracked), "c": torch.randn(2).requires_grad_(not tracked)}
    found = lowered(weights, ["a", "c"], torch.bfloat16)
    assert {name: tensor.dtype for name, tensor in found.items()} == dict.fromkeys("ac", torch.bfloat16)
    assert found["a"].requires_grad is tracked
    assert found["c"].requires_grad is not tracked
