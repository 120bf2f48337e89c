from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ftcli.engine.rungs import rungs


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
