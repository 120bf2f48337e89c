"""The narrowed highest block gives the head what the whole block would."""

from __future__ import annotations

import copy

import pytest
import torch
import transformers
from builders import logits_and_gradients, random_batch

from ftcli.engine.stacked import with_additive_mask
from ftcli.models.encoder import Encoder
from ftcli.models.first_token import narrow, reads_first_token_alone, widen

SIZES = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}


def classifier(family: str, **options):
    config = getattr(transformers, f"{family}Config")(num_labels=2, max_position_embeddings=40, **SIZES, **options)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return getattr(transformers, f"{family}ForSequenceClassification")(config).double().eval()


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("family", ["Bert", "Roberta", "XLMRoberta", "Camembert", "Electra"])
def test_logits_and_gradients_are_those_of_the_whole_block(family, attention):
    whole = classifier(family, attn_implementation=attention)
    narrowed = copy.deepcopy(whole)
    assert reads_first_token_alone(narrowed)
    stack = Encoder(narrowed).blocks  # an encoder narrows by itself
    widths = []
    stack[-1].register_forward_hook(lambda *given: widths.append(given[-1].shape[1]))
    batch = random_batch(5, 7)
    found = [logits_and_gradients(model, batch.inputs) for model in (whole, narrowed)]
    assert widths == [1]
    torch.testing.assert_close(found[1][0], found[0][0])
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], gradient, msg=name)


def test_a_ready_additive_mask_is_narrowed_too():
    whole = classifier("Bert", attn_implementation="eager")
    narrowed = copy.deepcopy(whole)
    narrow(narrowed.bert.encoder.layer[-1])
    inputs = with_additive_mask(random_batch(5, 7), torch.float64).inputs
    torch.testing.assert_close(narrowed(**inputs).logits, whole(**inputs).logits)


@pytest.mark.parametrize("kind", ["BertForMaskedLM", "BertModel"])
def test_what_reads_all_tokens_is_left_alone(kind):
    assert not reads_first_token_alone(getattr(transformers, kind)(transformers.BertConfig(**SIZES)))


def test_families_built_in_another_way_are_left_alone():
    config = transformers.DistilBertConfig(vocab_size=60, dim=16, n_layers=2, n_heads=2, hidden_dim=24)
    assert not reads_first_token_alone(transformers.DistilBertForSequenceClassification(config))


def test_the_block_can_be_made_whole_again():
    model = classifier("Bert")
    block = model.bert.encoder.layer[-1]
    hidden = torch.randn(3, 5, 16, dtype=torch.float64)
    before = block(hidden)
    narrow(block)
    assert block(hidden).shape == (3, 1, 16)
    widen(block)
    assert torch.equal(block(hidden), before)


def test_where_all_blocks_rest_what_they_make_of_each_token_is_kept():
    encoder = Encoder(classifier("Bert"))
    encoder.rest_below(2, keep_activations=True)
    batch = random_batch(3, 7)
    assert encoder.activations(encoder.weights, batch.inputs).shape == (3, 7, 16)
