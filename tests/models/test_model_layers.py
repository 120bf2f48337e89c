"""Layers are found through the module tree, for every family."""

from __future__ import annotations

import pytest
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


def test_norms_and_biases_are_not_decayed(encoder):
    assert {name for name in encoder.weights if name.endswith("bias")} <= encoder.undecayed()
    for name in encoder.weights.keys() - encoder.undecayed():
        assert encoder.weights[name].dim() >= 2 or "embedding" in name, name
