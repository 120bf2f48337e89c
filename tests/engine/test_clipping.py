"""Clipping by the norm of all gradients together."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.clipping import clip
from ftcli.engine.eager import EagerExecutor


def gradients():
    generator = torch.Generator().manual_seed(1)
    return {name: torch.randn(shape, generator=generator) for name, shape in {"a": (3, 4), "b": (5,), "c": ()}.items()}


def test_the_norm_of_all_is_bounded():
    free, clipped = gradients(), gradients()
    norm = torch.cat([each.ravel() for each in free.values()]).norm()
    assert norm > 0.5
    assert clip(clipped, 0.5).item() == pytest.approx(norm.item(), rel=1e-5)
    for name, gradient in free.items():
        torch.testing.assert_close(clipped[name], gradient * 0.5 / norm, rtol=1e-4, atol=1e-9)


def test_smaller_ones_are_left_as_they_are():
    free, clipped = gradients(), gradients()
    clip(clipped, 1e6)
    assert all(torch.equal(clipped[name], gradient) for name, gradient in free.items())


def test_a_bound_of_0_leaves_them_too():
    free, clipped = gradients(), gradients()
    assert clip(clipped, 0.0) > 0
    assert all(torch.equal(clipped[name], gradient) for name, gradient in free.items())


def test_a_step_tells_the_norm_whether_it_clips_or_not():
    measured = [
        EagerExecutor(tiny_state(tiny_encoder(), {}, max_grad_norm=bound)).step(random_batch()) for bound in (0.0, 0.01)
    ]
    assert measured[0]["gradient_norm"] == measured[1]["gradient_norm"] > 0.01
