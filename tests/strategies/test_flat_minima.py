"""SAM, ASAM, AWP, PGD, FreeLB and SMART against plain autograd, written from the papers."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.step import Step, TorchNoise


class NoNoise(TorchNoise):
    def uniform(self, like):
        return torch.full_like(like, 0.8)

    def normal(self, like):
        return torch.arange(like.numel(), dtype=like.dtype).reshape(like.shape).sin()


def gradient_of(encoder, name, options, batch):
    state = tiny_state(encoder, {name: options}, max_grad_norm=0.0)
    step = Step(state.plan, encoder, state.slots, torch.zeros(()), NoNoise())
    return step.gradient(by_autograd(step.loss(), 6))(state.weights, batch).weights


def plain(encoder, weights, batch, shift=None, objective=None):
    """Return gradients with respect to weights and shift of a loss, by plain autograd."""
    leaves = {name: weight.detach().clone().requires_grad_() for name, weight in weights.items()}
    start = encoder.no_shift(leaves, batch.inputs) if shift is None else shift
    start = start.detach().clone().requires_grad_()
    outputs = encoder.forward(leaves, batch.inputs, start)
    loss = F.cross_entropy(outputs.logits, batch.labels) if objective is None else objective(leaves, outputs)
    *found, delta = torch.autograd.grad(loss, [*leaves.values(), start], materialize_grads=True)
    return dict(zip(leaves, found, strict=True)), delta


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-6, msg=lambda m: f"{name}: {m}")  # noqa: B023


def norm(tensors):
    return sum(tensor.square().sum() for tensor in tensors.values()).sqrt()


def test_sam():
    encoder, batch = tiny_encoder(), random_batch()
    here, _ = plain(encoder, encoder.weights, batch)
    uphill = {name: weight + 0.5 * here[name] / norm(here) for name, weight in encoder.weights.items()}
    assert_same(gradient_of(encoder, "sam", {"rho": 0.5}, batch), plain(encoder, uphill, batch)[0])


def test_asam():
    encoder, batch = tiny_encoder(), random_batch()
    here, _ = plain(encoder, encoder.weights, batch)
    size = {name: weight.abs() + 0.01 for name, weight in encoder.weights.items()}
    length = norm({name: size[name] * here[name] for name in here})
    uphill = {name: weight + 0.5 * size[name] ** 2 * here[name] / length for name, weight in encoder.weights.items()}
    found = gradient_of(encoder, "sam", {"rho": 0.5, "adaptive": True}, batch)
    assert_same(found, plain(encoder, uphill, batch)[0])


def test_awp_shifts_the_matrices_of_blocks_and_pooler_by_their_own_lengths():
    encoder, batch = tiny_encoder(), random_batch()
    here, _ = plain(encoder, encoder.weights, batch)
    shifted = dict(encoder.weights)
    for name, weight in encoder.weights.items():
        if weight.dim() == 2 and ("encoder.layer" in name or "pooler" in name):
            shifted[name] = weight + 0.1 * weight.norm() * here[name] / here[name].norm()
    assert_same(gradient_of(encoder, "awp", {"gamma": 0.1}, batch), plain(encoder, shifted, batch)[0])


def per_row(shift, function):
    return torch.stack([function(row) for row in shift])


def into_ball(shift, radius):
    return per_row(shift, lambda row: row * min(1.0, radius / float(row.norm())))


def test_pgd_adds_the_gradient_at_a_shift_sought_in_steps():
    encoder, batch = tiny_encoder(), random_batch()
    clean, delta = plain(encoder, encoder.weights, batch)
    shift = torch.zeros_like(delta)
    for _ in range(2):
        shift = into_ball(shift + per_row(delta, lambda row: 0.3 * row / row.norm()), 0.4)
        there, delta = plain(encoder, encoder.weights, batch, shift)
    expected = {name: clean[name] + there[name] for name in clean}
    found = gradient_of(encoder, "pgd", {"steps": 2, "size": 0.3, "epsilon": 0.4}, batch)
    assert_same(found, expected)
    assert shift.flatten(1).norm(dim=1).max() == pytest.approx(0.4, rel=1e-4)


def test_freelb_averages_the_gradients_on_the_way():
    encoder, batch = tiny_encoder(), random_batch()
    length, width = batch.inputs["input_ids"].shape[1], 16
    shift = torch.full((6, length, width), (2 * 0.8 - 1) * 0.2 / (length * width) ** 0.5)
    total = None
    for _ in range(3):
        there, delta = plain(encoder, encoder.weights, batch, shift)
        total = there if total is None else {name: total[name] + there[name] for name in total}
        shift = into_ball(shift + per_row(delta, lambda row: 0.3 * row / row.norm()), 0.4)
    found = gradient_of(encoder, "freelb", {"steps": 3, "size": 0.3, "epsilon": 0.4, "start": 0.2}, batch)
    assert_same(found, {name: each / 3 for name, each in total.items()})


def test_smart_trains_on_the_loss_and_the_divergence_at_the_shift_that_raises_it():
    encoder, batch = tiny_encoder(), random_batch()

    def divergence(leaves, outputs):
        p = encoder.forward(leaves, batch.inputs).logits.log_softmax(-1)
        q = outputs.logits.log_softmax(-1)
        both = F.kl_div(p, q, reduction="sum", log_target=True) + F.kl_div(q, p, reduction="sum", log_target=True)
        return both / len(batch.labels)

    def total(leaves, outputs):
        clean = F.cross_entropy(encoder.forward(leaves, batch.inputs).logits, batch.labels)
        return clean + 0.7 * divergence(leaves, outputs)

    shift = 0.1 * NoNoise().normal(encoder.no_shift(encoder.weights, batch.inputs))
    _, delta = plain(encoder, encoder.weights, batch, shift, divergence)
    shift = (shift + per_row(delta, lambda row: 0.2 * row / row.abs().max())).clamp(-0.25, 0.25)
    expected, _ = plain(encoder, encoder.weights, batch, shift, total)
    options = {"weight": 0.7, "steps": 1, "sigma": 0.1, "size": 0.2, "epsilon": 0.25}
    assert_same(gradient_of(encoder, "smart", options, batch), expected)
