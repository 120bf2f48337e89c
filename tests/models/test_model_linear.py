"""Linear layers for a GPU are linear layers: the same numbers and gradients, alone and mapped over seeds."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, grad, vmap

from ftcli.models.linear import Linear, linear, multiply_on_gpu


def gradients(function, *given_tensors):
    leaves = [tensor.detach().clone().requires_grad_() for tensor in given_tensors]
    output = function(*leaves)
    uneven = torch.arange(output.numel()).view(output.shape).sin().to(output.dtype)
    return output, *torch.autograd.grad((output * uneven).float().sum(), leaves)


@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    inner=st.integers(1, 30),
    outer=st.integers(1, 30),
    dtype=st.sampled_from([torch.bfloat16, torch.float32]),
)
def test_numbers_and_gradients_are_those_of_torch(shape, inner, outer, dtype):
    draw = torch.Generator().manual_seed(1)
    given_tensors = [
        torch.randn(*size, generator=draw).to(dtype) for size in ((*shape, inner), (outer, inner), (outer,))
    ]
    for found, expected in zip(
        gradients(linear, *given_tensors), gradients(torch.nn.functional.linear, *given_tensors), strict=True
    ):
        assert found.dtype == dtype
        torch.testing.assert_close(found, expected, rtol=2e-2, atol=5e-2)


def test_what_is_given_in_another_type_gets_its_gradient_in_it():
    given_input, weight, bias = torch.randn(2, 3, 4), torch.randn(5, 4).bfloat16(), torch.randn(5).bfloat16()
    output, of_input, of_weight, of_bias = gradients(linear, given_input, weight, bias)
    assert output.dtype == of_weight.dtype == of_bias.dtype == torch.bfloat16
    assert of_input.dtype == torch.float32


@pytest.mark.parametrize("moving", [["weight", "bias"], ["weight"], ["bias"]])
def test_seeds_are_mapped_through_it(moving):
    layers = [nn.Linear(4, 5).bfloat16(), nn.Linear(4, 5).bfloat16()]
    weights = {
        name: torch.stack([layer.get_parameter(name).detach() for layer in layers]) for name in ("weight", "bias")
    }
    inputs = torch.randn(2, 3, 6, 4).bfloat16()
    fast = nn.Sequential(nn.Linear(4, 5)).bfloat16()
    multiply_on_gpu(fast)
    assert type(fast[0]) is Linear

    def loss(leaves, rest, given_input):
        given_weights = {f"0.{name}": weight for name, weight in (rest | leaves).items()}
        return functional_call(fast, given_weights, (given_input,)).float().square().sum()

    leaves = {name: weights[name] for name in moving}
    found = vmap(grad(loss))(leaves, weights, inputs)
    for seed, layer in enumerate(layers):
        layer(inputs[seed]).float().square().sum().backward()
        for name in moving:
            torch.testing.assert_close(found[name][seed], layer.get_parameter(name).grad, rtol=2e-2, atol=5e-2)


def test_numbers_of_32_bits_are_left_to_torch():
    given_input, weight, bias = torch.randn(6, 4), torch.randn(5, 4), torch.randn(5)
    assert torch.equal(linear(given_input, weight, bias), torch.nn.functional.linear(given_input, weight, bias))
