from __future__ import annotations

import pytest
import torch
from builders import tiny_encoder, tiny_plan
from hypothesis import given
from hypothesis import strategies as st


def shares(steps, warmup):
    """The rates of the first group, as shares of the peak."""
    plan = tiny_plan(tiny_encoder(layers=1), steps=steps, warmup=warmup, lr=1.0)
    return plan.rates[:, 0].tolist()


def test_ten_steps_with_two_of_warm_up():
    # By hand: 1/3, 2/3, then (10 - s) / 8.
    expected = [1 / 3, 2 / 3, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8]
    assert shares(10, 0.2) == pytest.approx(expected)


def test_it_agrees_with_transformers_after_the_warm_up():
    from transformers import get_linear_schedule_with_warmup

    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    schedule = get_linear_schedule_with_warmup(optimizer, 10, 100)
    theirs = []
    for _ in range(100):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert shares(100, 0.1)[10:] == pytest.approx(theirs[10:])


@given(steps=st.integers(1, 200), warmup=st.floats(0, 0.99))
def test_it_rises_then_falls_between_zero_and_the_peak(steps, warmup):
    found = shares(steps, warmup)
    top = found.index(max(found))
    assert max(found) == pytest.approx(1)
    assert all(share > 0 for share in found)
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top:] == sorted(found[top:], reverse=True)
