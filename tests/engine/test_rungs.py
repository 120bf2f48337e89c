from __future__ import annotations

from itertools import pairwise

import pytest
from builders import tiny_encoder, tiny_plan, tiny_state
from hypothesis import given
from hypothesis import strategies as st

from ftcli.engine.rungs import pauses, rungs


@given(st.integers(1, 200), st.integers(2, 1000))
def test_rungs_come_before_the_end_and_halve_at_most_down_to_one(evaluations, seeds):
    found = rungs(evaluations, seeds)
    assert found == sorted(set(found))
    assert all(1 <= each < evaluations for each in found)
    assert seeds / 2 ** len(found) > 0.5
    assert bool(found) == (evaluations > 1)


@given(st.integers(1, 10))
def test_each_round_costs_the_same_where_the_epochs_allow_it(halvings):
    seeds = evaluations = 2**halvings
    ends = [*rungs(evaluations, seeds), evaluations]
    rounds = [(end - start) * seeds // 2**number for number, (start, end) in enumerate(pairwise([0, *ends]))]
    assert sum(rounds) == evaluations + halvings * seeds // 2


@pytest.mark.parametrize("name", ["lp_ft", "tapt"])
def test_seeds_race_on_the_epochs_of_the_main_steps_alone(name):
    """As many rungs, at the same main steps, as without the epochs that come before."""
    recipe = {name: {"epochs": 3}}
    plan = tiny_state(tiny_encoder(), recipe, steps=4, max_steps=16).plan
    plain = tiny_plan(tiny_encoder(), steps=4, max_steps=16)
    assert pauses(plain, 16) == [4, 8]
    assert pauses(plan, 16) == [plan.main_from + step for step in pauses(plain, 16)]
