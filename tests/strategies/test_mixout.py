from __future__ import annotations

import pytest
import torch
from builders import tiny_encoder, tiny_plan

from ftcli.engine.step import Step, TorchNoise
from ftcli.recipes.discovery import find_strategy


class Ones:
    """Noise that puts every weight back, or none."""

    def __init__(self, value):
        self.value = value

    def bernoulli(self, like, probability):
        return torch.full_like(like, self.value)


def mixed(noise, p=0.3):
    """Weights as the forward pass sees them: the starting ones are 0, the current ones 1."""
    encoder = tiny_encoder()
    kind = find_strategy("mixout")
    strategy = kind(kind.Settings(probability=p))
    slots = strategy.slots({name: torch.zeros_like(weight) for name, weight in encoder.weights.items()}, encoder)
    plan = tiny_plan(encoder, {"mixout": {"probability": p}})
    step = Step(plan, encoder, {"mixout": slots, "linear_scheduler": {}}, torch.zeros(()), noise)
    weights = {name: torch.ones_like(weight) for name, weight in encoder.weights.items()}
    return encoder, strategy.parameters(lambda weights: weights, step.scope("mixout"))(weights)


@pytest.mark.slow  # thousands of draws
def test_a_weight_is_put_back_or_enlarged_so_that_the_mean_stays():
    encoder, found = mixed(TorchNoise())
    name = encoder.matrices[0]
    values = found[name].unique()
    # (m * 0 + (1 - m) * 1 - 0.3 * 0) / 0.7
    torch.testing.assert_close(values, torch.tensor([0.0, 1 / 0.7]))
    torch.manual_seed(0)
    draws = torch.stack([mixed(TorchNoise())[1][name].mean() for _ in range(300)])
    assert abs(draws.mean() - 1) < 0.02


def test_all_put_back_gives_the_starting_weights():
    encoder, found = mixed(Ones(1.0))
    assert all(not found[name].any() for name in encoder.matrices)


def test_it_concerns_the_matrices_of_blocks_and_pooler_only():
    encoder, found = mixed(Ones(1.0))
    touched = {name for name, weight in found.items() if not torch.equal(weight, torch.ones_like(weight))}
    assert touched == {
        name
        for name in encoder.weights
        if name.endswith("weight") and "LayerNorm" not in name and (".layer." in name or "pooler" in name)
    }
