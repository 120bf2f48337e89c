"""Attention by other kernels gives what transformers' own gives."""

from __future__ import annotations

import pytest
import torch
import transformers
from builders import logits_and_gradients, random_batch

from ftcli.models.attention import SHORT, attend_to_short_texts

SIZES = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}


def classifier(device, **options):
    config = transformers.BertConfig(num_labels=2, max_position_embeddings=100, **SIZES, **options)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return transformers.BertForSequenceClassification(config).eval().to(device)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
@pytest.mark.parametrize("length", [8, 13, 64, 80])
def test_logits_and_gradients_are_those_of_the_usual_kernels(length, device):
    inputs = {name: tensor.to(device) for name, tensor in random_batch(5, length).inputs.items()}
    inputs["attention_mask"][:, -3:] = 0
    found = []
    for fast in (False, True):
        model = classifier(device, attn_implementation="sdpa")
        if fast:
            attend_to_short_texts(model)
            assert model.config._attn_implementation == SHORT
        found.append(logits_and_gradients(model, inputs))
    torch.testing.assert_close(found[1][0], found[0][0])
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(found[1][1][name], gradient, rtol=1e-4, atol=1e-6, msg=name)


def test_a_model_that_attends_in_another_way_is_left_alone():
    model = classifier("cpu", attn_implementation="eager")
    attend_to_short_texts(model)
    assert model.config._attn_implementation == "eager"
