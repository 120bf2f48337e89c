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


looking = pytest.mark.parametrize("look", [False, True])


@looking
def test_the_norm_of_all_is_bounded(look):
    free, clipped = gradients(), gradients()
    norm = torch.cat([each.ravel() for each in free.values()]).norm()
    assert norm > 0.5
    assert clip(clipped, 0.5, look=look).item() == pytest.approx(norm.item(), rel=1e-5)
    for name, gradient in free.items():
        torch.testing.assert_close(clipped[name], gradient * 0.5 / norm, rtol=1e-4, atol=1e-9)


@looking
def test_smaller_ones_are_left_as_they_are(look):
    free, clipped = gradients(), gradients()
    before = {name: gradient._version for name, gradient in clipped.items()}
    clip(clipped, 1e6, look=look)
    assert all(torch.equal(clipped[name], gradient) for name, gradient in free.items())
    assert look == ({name: gradient._version for name, gradient in clipped.items()} == before)


@looking
def test_what_is_no_number_makes_all_of_them_none(look):
    clipped = gradients() | {"c": torch.tensor(torch.nan)}
    assert clip(clipped, 1.0, look=look).isnan()
    assert all(gradient.isnan().all() for gradient in clipped.values())


@looking
def test_a_bound_of_0_leaves_them_too(look):
    free, clipped = gradients(), gradients()
    assert clip(clipped, 0.0, look=look) > 0
    assert all(torch.equal(clipped[name], gradient) for name, gradient in free.items())


def test_a_step_tells_the_norm_whether_it_clips_or_not():
    measured = [
        EagerExecutor(tiny_state(tiny_encoder(), {}, max_grad_norm=bound)).step(random_batch()) for bound in (0.0, 0.01)
    ]
    assert measured[0]["gradient_norm"] == measured[1]["gradient_norm"] > 0.01
