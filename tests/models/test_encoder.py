"""Layers are found through the module tree, for every family."""

from __future__ import annotations

import pytest
import torch
from builders import tiny_plan
from families import FAMILIES, family_encoder

from ftcli.engine.plan import check_groups
from ftcli.models.encoder import Encoder


@pytest.fixture(params=[name for name in FAMILIES if name != "Albert"])
def encoder(request) -> Encoder:
    return family_encoder(request.param)


def test_two_blocks_with_embeddings_below_and_head_on_top(encoder):
    assert encoder.depth == len(encoder.blocks) == 2
    assert set(encoder.depths.values()) == {0, 1, 2, 3}
    for depth in (1, 2):
        of_block = {name for name, found in encoder.depths.items() if found == depth}
        expected = {id(weight) for weight in encoder.blocks[depth - 1].parameters()}
        assert expected <= {id(encoder.weights[name]) for name in of_block}


def test_the_head_is_what_pretraining_does_not_give(encoder):
    base = f"{encoder.model.base_model_prefix}."
    for name, depth in encoder.depths.items():
        if not name.startswith(base):
            assert depth == 3
        elif "pooler" not in name:
            assert depth < 3


def test_all_tables_are_embeddings(encoder):
    tables = [name for name in encoder.depths if "embeddings" in name and ".layer" not in name]
    assert tables
    assert {encoder.depths[name] for name in tables} == {0}


def test_every_parameter_lands_in_one_group_and_is_trained(encoder):
    plan = tiny_plan(encoder, {"layerwise_lrd": {"decay": 0.5}})
    check_groups(plan.groups, dict(encoder.model.named_parameters()))


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


def test_norms_and_biases_are_not_decayed(encoder):
    assert {name for name in encoder.weights if name.endswith("bias")} <= encoder.undecayed()
    for name in encoder.weights.keys() - encoder.undecayed():
        assert encoder.weights[name].dim() >= 2 or "embedding" in name, name


def test_blocks_can_be_drawn_afresh(encoder):
    before = {name: weight.detach().clone() for name, weight in encoder.weights.items()}
    encoder.reinitialise([encoder.blocks[-1]], 3)
    changed = {
        encoder.depths[name] for name, weight in encoder.weights.items() if not torch.equal(before[name], weight)
    }
    assert changed == {2}
