"""What the tensors of a computation take at a time."""

from __future__ import annotations

import torch

from ftcli.engine.allocations import Allocations

KILO = torch.ones(256)
"""Of 1,024 bytes; those made of it in a computation take as many."""


def test_all_that_is_there_at_a_time_counts():
    with Allocations() as allocations:
        made = [KILO + 1, KILO + 2]
        del made
        made = [KILO + 1, KILO + 2, KILO + 3]
        del made[1:]
        made.append(made[0] * 2)
    assert allocations.most == 3 * 1024


def test_what_was_there_before_does_not_count():
    with Allocations() as allocations:
        KILO.view(16, 16).t()[3:]
        KILO.mul_(1)
        torch._foreach_add_([KILO], 0)
    assert allocations.most == 0


def test_views_count_once_and_keep_what_they_show():
    with Allocations() as allocations:
        shown = (KILO + 1).view(16, 16)[0]
        shown.add_(1)
        another = KILO + 2
        del shown
        another = another + 1
    assert allocations.most == 2 * 1024


def test_gradients_by_transforms_and_by_autograd_count_alike():
    def loss(weight):
        return (weight.sin() * weight).sum()

    with Allocations() as by_transform:
        torch.func.grad(loss)(KILO)
    with Allocations() as by_autograd:
        leaf = KILO.detach().requires_grad_()
        torch.autograd.grad(loss(leaf), leaf)
    assert by_transform.most > 3 * 1024
    assert abs(by_transform.most - by_autograd.most) <= 1024


def test_what_is_mapped_counts_for_all_at_once():
    with Allocations() as allocations:
        torch.vmap(torch.sin)(KILO.view(16, 16))
    assert allocations.most == 1024
