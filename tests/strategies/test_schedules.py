"""The schedules other than the linear one, against torch's and transformers' own."""

from __future__ import annotations

import warnings

import pytest
import torch
from builders import tiny_encoder, tiny_plan
from hypothesis import given
from hypothesis import strategies as st
from transformers import get_cosine_schedule_with_warmup, get_polynomial_decay_schedule_with_warmup

NAMES = ["linear_scheduler", "cosine_scheduler", "constant_scheduler", "polynomial_scheduler", "one_cycle_scheduler"]
ENCODER = tiny_encoder(layers=1)


def rates(name, steps, *, warmup=0.0, **options):
    plan = tiny_plan(ENCODER, {name: options}, steps=steps, lr=1.0, warmup=warmup)
    return plan.rates[:, 0].tolist()


def of_a_scheduler(make, steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    with warnings.catch_warnings(action="ignore"):
        scheduler = make(optimizer)
        found = []
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return found


def test_cosine_after_warm_up_is_that_of_transformers():
    expected = of_a_scheduler(lambda each: get_cosine_schedule_with_warmup(each, 5, 25), 25)
    assert rates("cosine_scheduler", 25, warmup=5)[5:] == pytest.approx(expected[5:])


def test_polynomial_after_warm_up_is_that_of_transformers():
    expected = of_a_scheduler(
        lambda each: get_polynomial_decay_schedule_with_warmup(each, 5, 25, lr_end=0.0, power=3.0), 25
    )
    assert rates("polynomial_scheduler", 25, warmup=5, power=3.0)[5:] == pytest.approx(expected[5:])


@pytest.mark.parametrize("steps", [10, 37])
def test_one_cycle_is_torchs(steps):
    expected = of_a_scheduler(
        lambda each: torch.optim.lr_scheduler.OneCycleLR(each, max_lr=1.0, total_steps=steps, cycle_momentum=False),
        steps,
    )
    assert rates("one_cycle_scheduler", steps) == pytest.approx(expected)


@pytest.mark.parametrize("name", NAMES[:4])
def test_warm_up_in_steps_rises_in_equal_parts(name):
    assert rates(name, 20, warmup=4)[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])


def test_warm_up_under_one_is_a_share_of_the_steps():
    assert rates("constant_scheduler", 20, warmup=0.2) == rates("constant_scheduler", 20, warmup=4)


def test_constant_stays_at_its_peak():
    assert set(rates("constant_scheduler", 20, warmup=4)[4:]) == {1.0}


@pytest.mark.parametrize("name", NAMES)
@given(steps=st.integers(1, 200), warmup=st.one_of(st.floats(0, 0.99), st.integers(1, 300)))
def test_rates_are_above_zero_and_at_most_the_peak(name, steps, warmup):
    found = rates(name, steps, warmup=warmup)
    assert len(found) == steps
    assert all(0 < rate <= 1 for rate in found)
