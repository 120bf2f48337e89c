"""AdamW without bias correction against a plain loop, and weights that rest."""

from __future__ import annotations

import pytest
import torch
from builders import tiny_encoder, tiny_plan

from ftcli.engine.optimizer import PlannedOptimizer
from ftcli.errors import UsageError

NAME = "bert.encoder.layer.0.output.dense.weight"


def gradients_of(encoder, step):
    generator = torch.Generator().manual_seed(step)
    return {name: torch.randn(weight.shape, generator=generator) for name, weight in encoder.weights.items()}


def test_without_bias_correction_the_averages_are_used_as_they_are():
    encoder = tiny_encoder()
    plan = tiny_plan(encoder, bias_correction=False, weight_decay=0.1)
    optimizer = PlannedOptimizer(plan, encoder.weights)
    expected = encoder.weights[NAME].detach().clone()
    mean = square = torch.zeros_like(expected)
    for step in range(4):
        found = gradients_of(encoder, step)
        optimizer.step(step, found)
        mean = 0.9 * mean + 0.1 * found[NAME]
        square = 0.999 * square + 0.001 * found[NAME] ** 2
        rate = plan.rates[step, 0].item()
        expected = expected - rate * (mean / (square.sqrt() + 1e-8) + 0.1 * expected)
        torch.testing.assert_close(encoder.weights[NAME].detach(), expected, rtol=1e-5, atol=1e-6)


def test_without_bias_correction_first_steps_are_larger():
    lengths = []
    for corrected in (True, False):
        encoder = tiny_encoder()
        before = encoder.weights[NAME].detach().clone()
        PlannedOptimizer(tiny_plan(encoder, bias_correction=corrected), encoder.weights).step(
            0, gradients_of(encoder, 0)
        )
        lengths.append((encoder.weights[NAME].detach() - before).norm().item())
    assert lengths[1] == pytest.approx(lengths[0] * 0.1 / 0.001**0.5, rel=1e-2)


def test_weights_without_a_gradient_rest():
    encoder = tiny_encoder()
    optimizer = PlannedOptimizer(tiny_plan(encoder, weight_decay=0.5), encoder.weights)
    before = encoder.weights[NAME].detach().clone()
    found = gradients_of(encoder, 0)
    del found[NAME]
    optimizer.step(0, found)
    assert torch.equal(encoder.weights[NAME], before)


def test_other_optimizers_have_no_bias_correction_to_leave_out():
    with pytest.raises(UsageError, match="--no-bias-correction goes with --optimizer adamw"):
        tiny_plan(tiny_encoder(), bias_correction=False, optimizer="sgd")


@pytest.mark.parametrize(
    ("left_alone", "decayed"),
    [
        ("nothing", {"classifier.bias", "bert.embeddings.LayerNorm.weight", NAME}),
        ("biases", {"bert.embeddings.LayerNorm.weight", NAME}),
        ("norms", {"classifier.bias", NAME}),
        ("biases-and-norms", {NAME}),
    ],
)
def test_what_weight_decay_leaves_alone(left_alone, decayed):
    plan = tiny_plan(tiny_encoder(), weight_decay=0.1, no_decay=left_alone)
    found = {name for group in plan.groups if group.weight_decay for name in group.parameters}
    assert found & {"classifier.bias", "bert.embeddings.LayerNorm.weight", NAME} == decayed
