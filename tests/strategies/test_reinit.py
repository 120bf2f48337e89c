from __future__ import annotations

import pytest
import torch
from builders import tiny_encoder

from ftcli.errors import UsageError
from ftcli.recipes.discovery import find_strategy


def changed_by(layers, encoder, seed=5):
    """Names of the parameters that re-initialisation changes."""
    before = {name: weight.detach().clone() for name, weight in encoder.weights.items()}
    kind = find_strategy("reinit")
    kind(kind.Settings(layers=layers)).prepare(encoder, seed)
    return {name for name, weight in encoder.weights.items() if not torch.equal(before[name], weight)}


def shifted_encoder(**options):
    """An encoder that is marked as loaded, none of whose weights are as freshly drawn ones are."""
    encoder = tiny_encoder(**options)
    with torch.no_grad():
        for weight in encoder.weights.values():
            weight.add_(1.5)
            weight._is_hf_initialized = True
    for module in encoder.model.modules():
        module._is_hf_initialized = True
    return encoder


def test_it_draws_the_top_blocks_and_the_pooler_afresh_and_nothing_else():
    encoder = shifted_encoder(layers=3)
    wanted = {
        name for name in encoder.weights if ".layer.1." in name or ".layer.2." in name or name.startswith("bert.pooler")
    }
    assert changed_by(2, encoder) == wanted


def test_the_weights_come_from_the_models_own_initialiser():
    encoder = shifted_encoder(layers=1, hidden_size=64, intermediate_size=256, initializer_range=0.1)
    changed_by(1, encoder)
    block = encoder.blocks[0]
    assert block.intermediate.dense.weight.std().item() == pytest.approx(0.1, rel=0.05)
    assert torch.equal(block.intermediate.dense.bias, torch.zeros(256))
    assert torch.equal(block.output.LayerNorm.weight, torch.ones(64))


def test_the_seed_decides_and_the_global_stream_is_left_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    encoders = [tiny_encoder() for _ in range(3)]
    for encoder, seed in zip(encoders, (5, 5, 6), strict=True):
        changed_by(1, encoder, seed)
    weights = [encoder.poolers[0].dense.weight for encoder in encoders]
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_more_blocks_than_there_are_is_refused():
    with pytest.raises(UsageError, match=r"--reinit-layers: 4 blocks .* the model has 3"):
        changed_by(4, tiny_encoder(layers=3))
