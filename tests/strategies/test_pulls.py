"""L2-SP, pre-trained weight decay and RecAdam against updates written from the papers."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
import torch.nn.functional as F
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.step import Step, TorchNoise
from ftcli.settings.optimisation import OptimisationSettings

STEPS = 4
BLOCK = "bert.encoder.layer.1.output.dense.weight"
HEAD = "classifier.weight"


class Adam:
    """AdamW without weight decay, for one tensor."""

    def __init__(self):
        self.mean = self.square = 0.0
        self.steps = 0

    def move(self, gradient):
        self.steps += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient**2
        return (self.mean / (1 - 0.9**self.steps)) / ((self.square / (1 - 0.999**self.steps)).sqrt() + 1e-8)


def followed(name, options, **settings):
    """Train; yield at each step the weights before it, its gradients, and the learning rate without strategies."""
    encoder = tiny_encoder()
    state = tiny_state(encoder, {name: options}, steps=STEPS, max_grad_norm=0.0, **settings)
    executor = EagerExecutor(state)
    start = {key: weight.detach().clone() for key, weight in state.weights.items()}
    for step in range(STEPS):
        before = {key: weight.detach().clone() for key, weight in state.weights.items()}
        batch = random_batch(seed=step)
        executor.step(batch)
        leaves = {key: weight.clone().requires_grad_() for key, weight in before.items()}
        loss = F.cross_entropy(encoder.forward(leaves, batch.inputs).logits, batch.labels)
        found = torch.autograd.grad(loss, list(leaves.values()), materialize_grads=True)
        yield step, start, before, dict(zip(leaves, found, strict=True)), state


def test_l2_sp_is_the_gradient_of_the_penalty():
    encoder, batch = tiny_encoder(), random_batch()
    state = tiny_state(encoder, {"l2_sp": {"alpha": 0.7, "beta": 0.3}}, max_grad_norm=0.0)
    moved = {name: (weight + 0.1 * torch.randn_like(weight)).detach() for name, weight in state.weights.items()}
    step = Step(state.plan, encoder, state.slots, torch.zeros(()), TorchNoise())
    found = step.gradient(by_autograd(step.loss(), 6))(moved, batch).weights

    leaves = {name: weight.clone().requires_grad_() for name, weight in moved.items()}
    loss = F.cross_entropy(encoder.forward(leaves, batch.inputs).logits, batch.labels)
    for name, weight in leaves.items():
        if name.startswith("bert."):
            loss = loss + 0.7 / 2 * (weight - encoder.weights[name].detach()).square().sum()
        else:
            loss = loss + 0.3 / 2 * weight.square().sum()
    expected = torch.autograd.grad(loss, list(leaves.values()))
    for name, gradient in zip(leaves, expected, strict=True):
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6)


def test_l2_sp_takes_the_place_of_weight_decay():
    state = tiny_state(tiny_encoder(), {"l2_sp": {}}, weight_decay=0.3)
    assert {group.weight_decay for group in state.plan.groups} == {0.0}


def test_pretrained_decay_moves_by_adam_and_towards_the_start():
    adam = Adam()
    for step, start, before, gradients, state in followed("pretrained_decay", {"decay": 0.5}):
        rate = state.plan.rates[step, 0].item()
        moved = before[BLOCK] - rate * adam.move(gradients[BLOCK])
        expected = moved - rate * 0.5 * (moved - start[BLOCK])
        torch.testing.assert_close(state.weights[BLOCK].detach(), expected, rtol=1e-4, atol=1e-6)


def test_pretrained_decay_is_the_same_for_an_optimizer_whose_own_decay_is_part_of_the_gradient():
    momentum = 0.0
    for step, start, before, gradients, state in followed(
        "pretrained_decay", {"decay": 0.5}, optimizer="sgd", weight_decay=0.3, lr=0.1
    ):
        rate = state.plan.rates[step, 0].item()
        momentum = 0.9 * momentum + gradients[BLOCK]
        moved = before[BLOCK] - rate * momentum
        expected = moved - rate * 0.5 * (moved - start[BLOCK])
        torch.testing.assert_close(state.weights[BLOCK].detach(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("optimizer", get_args(OptimisationSettings.model_fields["optimizer"].annotation))
@pytest.mark.parametrize("name", [BLOCK, "bert.encoder.layer.1.output.dense.bias"])
def test_pretrained_decay_is_the_same_share_of_the_way_back_under_every_optimizer(optimizer, name):
    """After one step from the start, w - w0 is what the optimizer without decay makes of it, less that share."""
    start = tiny_encoder().weights[name].detach()
    moved = {}
    for options in ({}, {"pretrained_decay": {"decay": 5.0}}):
        decay = 0.3 if options else 0.0
        settings = {"optimizer": optimizer, "weight_decay": decay, "no_decay": "nothing", "lr": 0.05}
        state = tiny_state(tiny_encoder(), options, steps=STEPS, max_grad_norm=0.0, **settings)
        EagerExecutor(state).step(random_batch())
        moved[bool(options)] = state.weights[name].detach() - start
    share = 5.0 * state.plan.rates[0, 0].item()
    torch.testing.assert_close(moved[True], (1 - share) * moved[False], rtol=1e-4, atol=1e-7)


def test_pretrained_decay_leaves_the_usual_decay_to_the_head():
    adam = Adam()
    for step, _, before, gradients, state in followed("pretrained_decay", {"decay": 0.5}, weight_decay=0.2):
        rate = state.plan.rates[step, -1].item()
        expected = before[HEAD] * (1 - rate * 0.2) - rate * adam.move(gradients[HEAD])
        torch.testing.assert_close(state.weights[HEAD].detach(), expected, rtol=1e-4, atol=1e-6)


def test_recadam_anneals_from_the_pull_to_the_task():
    adam, options = Adam(), {"pull": 20.0, "steepness": 0.8, "middle": 0.5}
    plain = tiny_state(tiny_encoder(), {}, steps=STEPS).plan.rates
    for step, start, before, gradients, state in followed("recadam", options):
        rate = plain[step, 0].item()
        task = 1 / (1 + math.exp(-0.8 * (step - 0.5 * STEPS)))
        moved = before[BLOCK] - task * rate * adam.move(gradients[BLOCK])
        expected = moved - rate * (1 - task) * 20.0 * (moved - start[BLOCK])
        torch.testing.assert_close(state.weights[BLOCK].detach(), expected, rtol=1e-4, atol=1e-6)


def test_recadam_leaves_the_head_alone():
    with_it = tiny_state(tiny_encoder(), {"recadam": {}}, steps=STEPS, weight_decay=0.2).plan
    without = tiny_state(tiny_encoder(), {}, steps=STEPS, weight_decay=0.2).plan
    held = [group.depth <= 3 for group in with_it.groups]
    assert [group.weight_decay for group in with_it.groups if group.depth > 3] == pytest.approx(
        [group.weight_decay for group in without.groups if group.depth > 3]
    )
    head = [index for index, below in enumerate(held) if not below]
    assert torch.equal(with_it.rates[:, head], without.rates[:, head])
