"""The pull of SMART to the average of the weights so far; its shift is tested with the other flat minima."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.step import Step, TorchNoise


@pytest.mark.parametrize("labels", [1, 3])
def test_the_loss_holds_the_divergence_from_the_averaged_weights(labels):
    encoder, other = tiny_encoder(labels=labels), tiny_encoder(labels=labels, seed=5)
    options = {"weight": 0.0, "pull": 0.7}
    state = tiny_state(encoder, {"smart": options}, kind="regression" if labels == 1 else "classification")
    for name, anchor in state.slots["smart"]["anchor"].items():
        anchor.copy_(other.weights[name].detach())
    batch = random_batch(labels=labels)
    step = Step(state.plan, encoder, state.slots, torch.zeros(()), TorchNoise())
    found = step.loss()(state.weights, batch, encoder.no_shift(state.weights, batch.inputs))

    ours, theirs = (each.forward(each.weights, batch.inputs).logits for each in (encoder, other))
    if labels == 1:
        expected = (ours.squeeze(1) - batch.labels).square() + 0.7 * 2 * (ours - theirs).square().squeeze(1)
    else:
        p, q = ours.softmax(-1), theirs.softmax(-1)
        divergence = (p * (p / q).log()).sum(-1) + (q * (q / p).log()).sum(-1)
        expected = F.cross_entropy(ours, batch.labels, reduction="none") + 0.7 * divergence
    torch.testing.assert_close(found, expected.sum())


def test_the_average_follows_the_weights():
    state = tiny_state(tiny_encoder(), {"smart": {"decay": 0.75}})
    before = {name: weight.detach().clone() for name, weight in state.weights.items()}
    EagerExecutor(state).step(random_batch())
    for name, anchor in state.slots["smart"]["anchor"].items():
        torch.testing.assert_close(anchor, 0.75 * before[name] + 0.25 * state.weights[name].detach())


def test_with_lora_the_average_is_that_of_the_change():
    state = tiny_state(tiny_encoder(), {"smart": {}, "lora": {}})
    executor = EagerExecutor(state)
    losses = [executor.step(random_batch(seed=step))["loss"] for step in range(3)]
    assert all(loss.isfinite() for loss in losses)
    assert any(name.startswith("lora.up") for name in state.slots["smart"]["anchor"])
