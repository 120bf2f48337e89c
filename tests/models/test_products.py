"""Linear layers by oneDNN are linear layers: the same numbers and gradients, up to rounding, for any shape."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ftcli.models.products import _has_full_width, multiply_by_onednn, onednn_is_faster

available = pytest.mark.skipif(
    not (torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")),
    reason="this torch has no such operation",
)


def layer(inner=5, outer=3, *, bias=True, on=True):
    torch.manual_seed(0)
    made = nn.Linear(inner, outer, bias=bias)
    multiply_by_onednn(made, on=on)
    return made


def found(module, given_input):
    """What it gives, and the gradients of a sum of it, weighted unevenly."""
    given_input = given_input.clone().requires_grad_()
    output = module(given_input)
    output.mul(torch.arange(output.numel()).view(output.shape).sin()).sum().backward()
    return output, given_input.grad, *(weight.grad for weight in module.parameters())


@available
@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    inner=st.integers(1, 40),
    outer=st.integers(1, 40),
    bias=st.booleans(),
    full=st.booleans(),
)
def test_numbers_and_gradients_are_those_of_a_linear_layer(shape, inner, outer, bias, full):
    given_input = torch.randn(*shape, inner, generator=torch.Generator().manual_seed(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ftcli.models.products._has_full_width", lambda: full)
        both = [found(layer(inner, outer, bias=bias, on=on), given_input) for on in (True, False)]
    for fast, plain in zip(*both, strict=True):
        torch.testing.assert_close(fast, plain, rtol=1e-4, atol=1e-4)


@available
def test_what_lies_in_memory_in_another_order_is_multiplied_alike():
    whole = torch.randn(4, 7, 5)
    for part in (whole[:, :1], whole.transpose(0, 1), whole[..., :1].expand(4, 7, 5)):
        torch.testing.assert_close(layer()(part), layer(on=False)(part))
    module = layer()
    module(whole).sum().backward()  # whose gradient is one number, expanded
    torch.testing.assert_close(module.weight.grad, whole.sum((0, 1)).expand(3, 5))


@available
def test_what_rests_gets_no_gradient():
    module = layer()
    module.weight.requires_grad_(False)
    module(torch.randn(2, 5)).sum().backward()
    assert module.weight.grad is None
    torch.testing.assert_close(module.bias.grad, torch.full((3,), 2.0))


@available
@pytest.mark.parametrize("shape", [(5,), (0, 5)])
def test_other_shapes_go_torch_s_way(shape):
    torch.testing.assert_close(layer()(torch.ones(shape)), layer(on=False)(torch.ones(shape)))


@available
def test_other_types_go_torch_s_way():
    module = layer().double()
    assert module(torch.ones(2, 5, dtype=torch.float64)).dtype == torch.float64


@available
def test_a_model_answers_alike_and_its_layers_are_torch_s_own_again(monkeypatch):
    inputs = random_batch().inputs
    encoder = tiny_encoder()
    encoder.train(False)
    before = encoder.forward(encoder.weights, inputs).logits
    monkeypatch.setattr("ftcli.models.kernels.onednn_is_faster", lambda: True)
    encoder.to(torch.device("cpu"))
    linear = [module for module in encoder.model.modules() if isinstance(module, nn.Linear)]
    assert not any(type(module) is nn.Linear for module in linear)
    torch.testing.assert_close(encoder.forward(encoder.weights, inputs).logits, before)
    encoder.use_plain_operations()
    assert {type(module) for module in linear} == {nn.Linear}


@pytest.mark.parametrize(
    ("processor", "capability", "faster"),
    [
        ("vendor_id : AuthenticAMD", "AVX512", True),
        ("vendor_id : GenuineIntel", "AVX512", False),
        ("vendor_id : AuthenticAMD", "AVX2", False),
    ],
)
@available
def test_it_is_taken_where_mkl_keeps_to_half_of_the_processor(monkeypatch, processor, capability, faster):
    if not torch.backends.mkl.is_available():
        pytest.skip("torch multiplies by something else")
    monkeypatch.setattr("ftcli.models.products.described", lambda: processor)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert onednn_is_faster.__wrapped__() == faster


@pytest.mark.parametrize(
    ("processor", "full"),
    [
        ("vendor_id : AuthenticAMD\ncpu family\t: 26\nmodel\t: 2", True),
        ("vendor_id : AuthenticAMD\ncpu family\t: 25\nmodel\t: 97", False),
        ("AMD64 Family 26 Model 68 Stepping 0, AuthenticAMD", True),
        ("", False),
    ],
)
def test_instructions_are_as_wide_as_the_processor_from_zen_5_on(monkeypatch, processor, full):
    monkeypatch.setattr("ftcli.models.products.described", lambda: processor)
    assert _has_full_width.__wrapped__() == full
