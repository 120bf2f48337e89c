"""A block computed by halves gives what its modules give, and so are its gradients."""

from __future__ import annotations

import pytest
import torch
import transformers
from builders import operations, random_batch, tiny_encoder
from families import FAMILIES, family_encoder
from torch import nn

BY_HALVES = ("Bert", "Roberta", "Electra", "DistilBert")
CPU = torch.device("cpu")


def computed_by_halves(logits):
    """How many blocks these were made by that were computed by halves."""
    return operations(logits).count("_FeedForwardBackward")


def encoder_in_double(family, *, by_modules=False, rates=(0.0,)):
    """An encoder whose dropouts have these rates, in turn."""
    encoder = family_encoder(family)
    encoder.model.double()
    dropouts = [module for module in encoder.model.modules() if isinstance(module, nn.Dropout)]
    for number, module in enumerate(dropouts):
        module.p = rates[number % len(rates)]
    encoder.to(CPU)
    for block in encoder.blocks if by_modules else ():
        vars(block).pop("forward", None)
    return encoder


def answer(encoder, moving=None, length=7):
    """The logits of a batch, and the gradients of these weights; None: all."""
    weights = {name: weight.detach() for name, weight in encoder.weights.items()}
    wanted = {name: weights[name].requires_grad_() for name in moving or weights}
    logits = encoder.forward(weights, random_batch(5, length).inputs).logits
    gradients = torch.autograd.grad(logits.sin().sum(), list(wanted.values()), materialize_grads=True)
    return logits, dict(zip(wanted, gradients, strict=True))


def assert_alike(found, expected):
    torch.testing.assert_close(found[0], expected[0])
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        torch.testing.assert_close(found[1][name], gradient, msg=name)


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_are_those_of_the_modules_in_every_family(family):
    found, expected = (answer(encoder_in_double(family, by_modules=alone)) for alone in (False, True))
    assert_alike(found, expected)
    assert computed_by_halves(expected[0]) == 0
    assert computed_by_halves(found[0]) == (2 if family in BY_HALVES else 0)


@pytest.mark.parametrize("length", [3, 7, 16, 17])
@pytest.mark.parametrize("family", BY_HALVES)
def test_each_dropout_is_applied_where_the_modules_apply_it(monkeypatch, family, length):
    for module in ("dropout", "attention_dropout", "halves"):
        monkeypatch.setattr(f"ftcli.models.{module}.scaled_mask", lambda like, rate: torch.full_like(like, 1 + rate))
    rates = (0.1, 0.2, 0.3, 0.4, 0.5)
    found, expected = (
        answer(encoder_in_double(family, by_modules=alone, rates=rates), length=length) for alone in (False, True)
    )
    assert_alike(found, expected)
    assert computed_by_halves(found[0]) == 2


@pytest.mark.parametrize("family", BY_HALVES)
def test_gradients_are_those_of_what_was_drawn(family):
    encoder = encoder_in_double(family, rates=(0.3,))
    inputs = random_batch(5, 7).inputs
    draw = torch.Generator().manual_seed(1)
    weights = {name: weight.detach().requires_grad_() for name, weight in encoder.weights.items()}
    direction = {name: torch.randn(w.shape, generator=draw, dtype=w.dtype) for name, w in weights.items()}

    def value(step):
        torch.manual_seed(3)
        moved = {name: weight + step * direction[name] for name, weight in weights.items()}
        logits = encoder.forward(moved, inputs).logits
        return logits.sin().sum()

    gradients = torch.autograd.grad(value(0), list(weights.values()), materialize_grads=True)
    slope = sum((one * other).sum() for one, other in zip(gradients, direction.values(), strict=True))
    with torch.no_grad():
        assert value(0) == value(0)
        expected = (value(1e-5) - value(-1e-5)) / 2e-5
    assert abs(slope) > 0.01
    torch.testing.assert_close(slope, expected, rtol=1e-5, atol=1e-7)


def test_masks_are_drawn_anew_each_time():
    encoder = tiny_encoder(dropout=0.2)
    encoder.to(CPU)
    block, hidden = encoder.blocks[0], torch.randn(2, 5, 16)
    torch.manual_seed(0)
    first, second = block(hidden), block(hidden)
    torch.manual_seed(0)
    assert torch.equal(block(hidden), first)
    assert not torch.equal(second, first)


@pytest.mark.parametrize("depth", range(4))
def test_a_part_of_the_weights_gets_the_same_gradients(depth):
    found = []
    for by_modules in (False, True):
        encoder = encoder_in_double("Bert", by_modules=by_modules)
        found.append(answer(encoder, [name for name, at in encoder.depths.items() if at == depth]))
    assert_alike(*found)


@pytest.mark.parametrize("part", ["bias", "query.weight", "LayerNorm.weight", "intermediate.dense.weight"])
def test_so_do_some_weights_of_each_block(part):
    found = []
    for by_modules in (False, True):
        encoder = encoder_in_double("Bert", by_modules=by_modules)
        found.append(answer(encoder, [name for name in encoder.weights if name.endswith(part)]))
    assert_alike(*found)
    assert any(gradient.abs().max() > 1e-6 for gradient in found[0][1].values())


def test_a_model_whose_layers_have_no_biases_is_computed_too():
    found = []
    given = torch.randn(2, 5, 16, dtype=torch.float64)
    for by_modules in (False, True):
        encoder = encoder_in_double("Bert", by_modules=by_modules)
        for module in encoder.blocks[0].modules():
            if isinstance(module, nn.Linear):
                module.bias = None
        hidden = given.clone().requires_grad_()
        output = encoder.blocks[0](hidden)
        found.append((output, {"hidden": torch.autograd.grad(output.sin().sum(), hidden)[0]}))
    assert_alike(*found)


def test_single_precision_agrees_to_its_rounding():
    encoder = encoder_in_double("Bert")
    expected = answer(encoder)
    encoder.model.float()
    logits, gradients = answer(encoder)
    torch.testing.assert_close(logits.double(), expected[0], rtol=1e-4, atol=1e-5)
    for name, gradient in expected[1].items():
        torch.testing.assert_close(gradients[name].double(), gradient, rtol=1e-3, atol=1e-5, msg=name)


def test_only_training_is_computed_so_and_only_what_is_known():
    encoder = tiny_encoder(dropout=0.1)
    encoder.to(CPU)
    block, hidden = encoder.blocks[0], torch.randn(2, 5, 16, requires_grad=True)
    assert computed_by_halves(block(hidden)) == 1
    assert computed_by_halves(block(hidden, None, None, past_key_values=None, use_cache=False)) == 1
    assert computed_by_halves(block(hidden, past_key_values=transformers.DynamicCache())) == 0
    with torch.autocast("cpu", torch.bfloat16):
        assert computed_by_halves(block(hidden)) == 0
    encoder.train(False)
    assert computed_by_halves(block(hidden)) == 0
    encoder.train()
    encoder.use_plain_operations()
    assert computed_by_halves(block(hidden)) == 0


@pytest.mark.parametrize("options", [{"hidden_act": "relu"}, {"hidden_act": "gelu_new"}, {"is_decoder": True}])
def test_blocks_with_other_parts_are_left_alone(options):
    encoder = tiny_encoder(**options)
    encoder.to(CPU)
    assert computed_by_halves(encoder.forward(encoder.weights, random_batch().inputs).logits) == 0


def test_a_second_gradient_of_the_same_pass_is_refused_rather_than_wrong():
    encoder = tiny_encoder(dropout=0.1)
    encoder.to(CPU)
    hidden = torch.randn(2, 5, 16, requires_grad=True)
    output = encoder.blocks[0](hidden).sum()
    torch.autograd.grad(output, hidden, retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(output, hidden)


def test_without_dropout_no_mask_is_kept():
    kept = {}
    for rate in (0.0, 0.1):
        encoder = tiny_encoder(dropout=rate)
        encoder.to(CPU)
        held = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda each, held=held: held.append(each) or each, lambda _: None
        ):
            encoder.blocks[0](torch.randn(2, 5, 16, requires_grad=True))
        kept[rate] = len(held), len({each.untyped_storage().data_ptr() for each in held})
    assert kept[0.1][0] == kept[0.0][0] + 2  # after attention and after the two layers
    assert kept[0.1][1] == kept[0.0][1] + 3  # the shares after dropout are those before it
