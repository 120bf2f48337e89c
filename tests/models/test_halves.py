"""A block computed by halves gives what its modules give, and draws what they draw; so are its gradients."""

from __future__ import annotations

import pytest
import torch
import transformers
from builders import operations, random_batch, tiny_encoder
from families import FAMILIES, family_encoder
from torch import nn

from ftcli.models.encoder import Encoder
from ftcli.models.layers import Layers

BY_HALVES = ("Bert", "Roberta", "XLMRoberta", "Camembert", "Electra", "DistilBert")
CPU = torch.device("cpu")


def computed_by_halves(logits):
    """How many blocks these were made by that were computed by halves."""
    names = operations(logits)
    of_first = names.count("_FirstHalfBackward") + names.count("_FirstHalfOfFirstTokensBackward")
    assert of_first == names.count("_SecondHalfBackward")
    return names.count("_SecondHalfBackward")


def encoder_with(family, *, by_modules=False, rates=(0.2,), dtype=torch.float64):
    """An encoder whose dropouts have these rates, in turn."""
    with pytest.MonkeyPatch.context() as patch:
        if by_modules:
            patch.setattr("ftcli.models.encoder.compute_by_halves", lambda *_: None)
        encoder = family_encoder(family)
    encoder.model.to(dtype)
    dropouts = [module for module in encoder.model.modules() if isinstance(module, nn.Dropout)]
    for number, module in enumerate(dropouts):
        module.p = rates[number % len(rates)]
    encoder.to(CPU)
    return encoder


def answer(encoder, moving=None, *, length=7, batch=None, delta=None):
    """The logits of a batch, and the gradients of these weights, None: all; drawn as the same seed draws."""
    torch.manual_seed(3)
    weights = {name: weight.detach() for name, weight in encoder.weights.items()}
    wanted = {name: weights[name].requires_grad_() for name in moving or weights}
    inputs = random_batch(5, length).inputs if batch is None else batch
    logits = encoder.forward(weights, inputs, delta).logits
    gradients = torch.autograd.grad(logits.sin().sum(), list(wanted.values()), materialize_grads=True)
    return logits, dict(zip(wanted, gradients, strict=True))


def assert_alike(found, expected, **tolerance):
    torch.testing.assert_close(found[0], expected[0], **tolerance)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        torch.testing.assert_close(found[1][name], gradient, msg=name, **tolerance)


def both_ways(family, **options):
    return (encoder_with(family, by_modules=by_modules, **options) for by_modules in (False, True))


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_and_draws_are_those_of_the_modules_in_every_family(family):
    found, expected = (answer(encoder) for encoder in both_ways(family, rates=(0.1, 0.2, 0.3, 0.4, 0.5)))
    assert_alike(found, expected)
    assert computed_by_halves(expected[0]) == 0
    assert computed_by_halves(found[0]) == (2 if family in BY_HALVES else 0)
    alone = operations(found[0]).count("_FirstHalfOfFirstTokensBackward")
    assert alone == (1 if family in BY_HALVES and family != "DistilBert" else 0)


@pytest.mark.parametrize("length", [3, 15, 16, 17])
@pytest.mark.parametrize("family", ["Bert", "DistilBert"])
def test_so_they_are_for_texts_of_any_length(family, length):
    assert_alike(*(answer(encoder, length=length) for encoder in both_ways(family)))


def with_masks():
    ids = random_batch(4, 7).inputs["input_ids"]
    draw = torch.Generator().manual_seed(5)
    for shape in ((4, 1, 7, 7), (1, 1, 7, 7), (4, 1, 1, 7), (4, 2, 7, 7)):
        mask = torch.randn(shape, generator=draw, dtype=torch.float64)
        yield {"input_ids": ids, "attention_mask": mask}
    yield {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@pytest.mark.parametrize("batch", list(with_masks()), ids=lambda batch: str(tuple(batch["attention_mask"].shape)))
def test_so_they_are_with_any_mask(batch):
    found, expected = (answer(encoder, batch=batch) for encoder in both_ways("Bert"))
    assert_alike(found, expected)
    assert computed_by_halves(found[0]) == 2


def test_so_they_are_with_shifted_embeddings():
    delta = torch.randn(5, 7, 16, dtype=torch.float64)
    assert_alike(*(answer(encoder, delta=delta) for encoder in both_ways("Bert")))


@pytest.mark.parametrize("faster", [False, True], ids=["by torch", "by oneDNN"])
@pytest.mark.parametrize("full", [False, True], ids=["half width", "full width"])
def test_so_they_are_in_single_precision_whatever_multiplies(monkeypatch, faster, full):
    if faster and not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        pytest.skip("this torch has no such operation")
    expected = answer(encoder_with("Bert", by_modules=True))
    monkeypatch.setattr("ftcli.models.products.onednn_is_faster", lambda: faster)
    monkeypatch.setattr("ftcli.models.products._has_full_width", lambda: full)
    logits, gradients = answer(encoder_with("Bert", dtype=torch.float32))
    in_double = {name: gradient.double() for name, gradient in gradients.items()}
    assert_alike((logits.double(), in_double), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("family", ["Bert", "DistilBert"])
def test_gradients_are_those_of_what_was_drawn(family):
    encoder = encoder_with(family)
    inputs = random_batch(5, 7).inputs
    draw = torch.Generator().manual_seed(1)
    weights = {name: weight.detach().requires_grad_() for name, weight in encoder.weights.items()}
    direction = {name: torch.randn(w.shape, generator=draw, dtype=w.dtype) for name, w in weights.items()}

    def value(step):
        torch.manual_seed(3)
        moved = {name: weight + step * direction[name] for name, weight in weights.items()}
        return encoder.forward(moved, inputs).logits.sin().sum()

    gradients = torch.autograd.grad(value(0), list(weights.values()), materialize_grads=True)
    slope = sum((one * other).sum() for one, other in zip(gradients, direction.values(), strict=True))
    with torch.no_grad():
        assert value(0) == value(0)
        expected = (value(1e-5) - value(-1e-5)) / 2e-5
    assert abs(slope) > 0.01
    torch.testing.assert_close(slope, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("depth", range(4))
def test_a_part_of_the_weights_gets_the_same_gradients(depth):
    moving = [name for name, at in encoder_with("Bert").depths.items() if at == depth]
    assert_alike(*(answer(encoder, moving) for encoder in both_ways("Bert")))


@pytest.mark.parametrize("part", ["bias", "query.weight", "LayerNorm.weight", "intermediate.dense.weight"])
def test_so_do_some_weights_of_each_block(part):
    moving = [name for name in encoder_with("Bert").weights if name.endswith(part)]
    found, expected = (answer(encoder, moving) for encoder in both_ways("Bert"))
    assert_alike(found, expected)
    assert any(gradient.abs().max() > 1e-6 for gradient in found[1].values())


def test_a_model_whose_layers_have_no_biases_is_computed_too():
    given, found = torch.randn(2, 5, 16, dtype=torch.float64), []
    for encoder in both_ways("Bert"):
        for module in encoder.blocks[0].modules():
            if isinstance(module, nn.Linear):
                module.bias = None
        hidden = given.clone().requires_grad_()
        torch.manual_seed(3)
        output = encoder.blocks[0](hidden)
        found.append((output, {"hidden": torch.autograd.grad(output.sin().sum(), hidden)[0]}))
    assert_alike(*found)


def test_a_block_takes_its_arguments_by_name_too():
    encoder = encoder_with("Bert")
    hidden, mask = torch.randn(2, 5, 16, dtype=torch.float64), torch.randn(2, 1, 5, 5, dtype=torch.float64)
    found = []
    for arguments, options in (
        ((hidden, mask), {}),
        ((hidden,), {"attention_mask": mask}),
        ((), {"hidden_states": hidden, "attention_mask": mask}),
    ):
        torch.manual_seed(3)
        found.append(encoder.blocks[0](*arguments, **options))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_only_training_is_computed_so_and_only_what_is_known():
    encoder = tiny_encoder(dropout=0.1)
    encoder.to(CPU)
    block, hidden = encoder.blocks[0], torch.randn(2, 5, 16, requires_grad=True)
    assert computed_by_halves(block(hidden)) == 1
    assert computed_by_halves(block(hidden, None, None, past_key_values=None, use_cache=False)) == 1
    assert computed_by_halves(block(hidden, past_key_values=transformers.DynamicCache())) == 0
    assert computed_by_halves(block(hidden, torch.ones(2, 1, 5, 5, dtype=torch.bool))) == 0
    with torch.autocast("cpu", torch.bfloat16):
        assert computed_by_halves(block(hidden)) == 0
    encoder.train(False)
    assert computed_by_halves(block(hidden)) == 0
    encoder.train()
    encoder.use_plain_operations()
    assert computed_by_halves(block(hidden)) == 0


@pytest.mark.parametrize(
    "options",
    [{"hidden_act": "relu"}, {"hidden_act": "gelu_new"}, {"is_decoder": True}, {"attention_probs_dropout_prob": 0.0}],
)
def test_blocks_with_other_parts_or_torch_s_own_attention_are_left_alone(options):
    encoder = tiny_encoder(dropout=0.1, **options)
    encoder.to(CPU)
    assert computed_by_halves(encoder.forward(encoder.weights, random_batch().inputs).logits) == 0


def test_the_activation_is_that_of_the_family_s_own_setting():
    config = transformers.DistilBertConfig(
        vocab_size=60, dim=16, n_layers=2, n_heads=2, hidden_dim=24, activation="relu", hidden_act="gelu"
    )
    encoder = Encoder(transformers.DistilBertForSequenceClassification(config).train())
    encoder.to(CPU)
    assert computed_by_halves(encoder.forward(encoder.weights, random_batch().inputs).logits) == 0


def test_the_highest_block_can_be_made_whole():
    found = []
    for encoder in both_ways("Bert"):
        encoder.rest_below(2, keep_activations=True)
        encoder.train(False)
        found.append(encoder.activations(encoder.weights, random_batch(5, 7).inputs))
    assert found[0].shape == (5, 7, 16)
    torch.testing.assert_close(*found)


def test_a_second_gradient_of_the_same_pass_is_refused_rather_than_wrong():
    encoder = tiny_encoder(dropout=0.1)
    encoder.to(CPU)
    hidden = torch.randn(2, 5, 16, requires_grad=True)
    output = encoder.blocks[0](hidden).sum()
    torch.autograd.grad(output, hidden, retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.grad(output, hidden)


def kept_by(encoder, moving):
    """How many numbers the first block keeps for the gradients of these of its weights."""
    encoder.to(CPU)
    for name, weight in encoder.blocks[0].named_parameters():
        weight.requires_grad_(moving in name)
    held = {}
    with torch.autograd.graph.saved_tensors_hooks(
        lambda each: held.setdefault(each.untyped_storage().data_ptr(), each), lambda each: each
    ):
        encoder.blocks[0](torch.randn(2, 5, 16, requires_grad=True))
    return sum(each.untyped_storage().nbytes() // each.element_size() for each in held.values())


def test_no_mask_is_kept_where_none_is_drawn():
    kept = [kept_by(tiny_encoder(dropout=rate, attention_probs_dropout_prob=0.1), "") for rate in (0.0, 0.1)]
    assert kept[1] - kept[0] == 2 * 2 * 5 * 16


def test_what_layers_are_given_is_kept_for_the_gradients_of_their_weights_alone():
    kept = [kept_by(tiny_encoder(dropout=0.1), moving) for moving in ("bias", "output.dense.weight")]
    assert kept[1] - kept[0] == 2 * 5 * (16 + 32)  # what attention has found, and the activations


@pytest.mark.parametrize("family", ["XLMRoberta", "Camembert"])
def test_the_head_is_found_where_it_comes_before_the_encoder(family):
    layers = Layers(family_encoder(family).model)
    assert layers.last_name == "classifier.out_proj"
