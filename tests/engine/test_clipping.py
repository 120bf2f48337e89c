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


@pytest.mark.parametrize("max_norm", [0.0, 0.01])
def test_a_step_tells_the_norm_where_it_clips(max_norm):
    state = tiny_state(tiny_encoder(), {}, max_grad_norm=max_norm)
    assert ("gradient_norm" in EagerExecutor(state).step(random_batch())) == (max_norm > 0)
