"""Blocks computed a second time for their gradient give what they would give otherwise, bit for bit."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
import transformers
from builders import random_batch, recomputed, tiny_encoder
from families import FAMILIES, family_encoder

from ftcli.models.encoder import Encoder

LENGTH = 7


def answer(encoder, inputs, beyond=None, lower=None):
    """The logits of some weights, their gradients, the state of the generator, and how many bytes were kept."""
    encoder.to(torch.device("cpu"))
    encoder.train_in(lower)
    encoder.recompute_beyond(beyond)
    torch.manual_seed(5)
    weights = {name: (1.1 * weight.detach()).requires_grad_() for name, weight in encoder.weights.items()}
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        logits = encoder.forward(weights, inputs).logits
    state = torch.get_rng_state()
    gradients = torch.autograd.grad(logits.square().sum(), weights.values(), materialize_grads=True)
    assert torch.equal(torch.get_rng_state(), state)  # what is drawn again is not drawn from the stream
    return logits, gradients, state, sum(kept.values())


def assert_same(found, expected):
    assert torch.equal(found[0], expected[0])
    for one, other in zip(found[1], expected[1], strict=True):
        assert torch.equal(one, other)
    assert torch.equal(found[2], expected[2])


COMMAND = """
import sys
from ftcli.startup import start_soon
start_soon()
import torch
from ftcli.models.encoder import Encoder
from ftcli.models.loading import load_pretrained
encoder = Encoder(load_pretrained(sys.argv[1], ["0", "1"], seed=0))
encoder.recompute_beyond(1)
weights = {name: weight.requires_grad_() for name, weight in encoder.weights.items()}
ones = torch.ones(1, 3, dtype=torch.int64)
logits = encoder.forward(weights, {"input_ids": ones, "attention_mask": ones}).logits
logits.sum().backward()
print("sympy" in sys.modules)
"""


@pytest.mark.slow  # a process of its own
def test_torch_does_not_load_sympy_for_it(tiny_model):
    command = [sys.executable, "-c", COMMAND, str(tiny_model)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["False"]


LEFT_ALONE = {"DebertaV2", "DebertaV2, as v3", "MPNet"}  # whose blocks are given positions that are learned
# Of whose two blocks the higher is computed for the first token alone.
NARROW = {"Bert", "Roberta", "XLMRoberta", "Camembert", "Electra"}


@pytest.mark.parametrize("lower", [None, torch.bfloat16], ids=["float32", "bf16"])
@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_and_draws_are_the_same_in_every_family(family, lower):
    inputs = random_batch(5, LENGTH).inputs
    expected, found = (answer(family_encoder(family), inputs, beyond, lower) for beyond in (None, LENGTH - 1))
    assert_same(found, expected)
    assert recomputed(expected[0]) == 0
    assert recomputed(found[0]) == (0 if family in LEFT_ALONE else 1 if family in NARROW else 2)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_little_is_kept_of_texts_beyond_the_length_and_all_of_others(dropout):
    inputs = random_batch(5, LENGTH).inputs
    whole, shorter, longer = (
        answer(tiny_encoder(dropout=dropout), inputs, beyond) for beyond in (None, LENGTH, LENGTH - 1)
    )
    assert_same(longer, whole)
    assert shorter[3] == whole[3]
    assert longer[3] < whole[3] - 2 * 4 * 5 * LENGTH * (2 * 32 + 5 * 16)  # two of three blocks: the highest is narrow


def test_a_model_that_keeps_keys_and_values_is_left_alone():
    config = transformers.GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=2, n_positions=40, pad_token_id=0)
    inputs = random_batch(5, LENGTH).inputs
    whole, longer = (
        answer(Encoder(transformers.GPT2ForSequenceClassification(config).train()), inputs, beyond)[0]
        for beyond in (None, LENGTH - 1)
    )
    assert (recomputed(longer), longer.shape) == (0, whole.shape)


def test_so_is_a_block_that_is_given_what_it_writes_to():
    encoder = tiny_encoder()
    encoder.recompute_beyond(0)
    block, hidden = encoder.blocks[0], torch.randn(2, LENGTH, 16, requires_grad=True)
    assert recomputed(block(hidden)) == 1
    assert recomputed(block(hidden, past_key_values=transformers.DynamicCache())) == 0


@pytest.mark.parametrize("depth", range(5))
def test_gradients_of_a_part_of_the_weights_are_the_same(depth):
    found = []
    for beyond in (None, 0):
        encoder = tiny_encoder(dropout=0.3)
        encoder.recompute_beyond(beyond)
        weights = {name: weight.detach() for name, weight in encoder.weights.items()}
        moving = [weight.requires_grad_() for name, weight in weights.items() if encoder.depths[name] == depth]
        torch.manual_seed(5)
        logits = encoder.forward(weights, random_batch().inputs).logits
        found.append(torch.autograd.grad(logits.square().sum(), moving))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))
    assert any(gradient.any() for gradient in found[0])


def test_what_maps_over_seeds_computes_once():
    encoder = tiny_encoder()
    encoder.recompute_beyond(0)
    encoder.use_plain_operations()
    inputs = random_batch().inputs
    gradient = torch.func.grad(lambda weights: encoder.forward(weights, inputs).logits.square().sum())
    stacked = {name: torch.stack([weight, 2 * weight]).detach() for name, weight in encoder.weights.items()}
    mapped = torch.vmap(gradient)(stacked)
    assert all(each.isfinite().all() for each in mapped.values())
