from __future__ import annotations

from benchmarks.flattery import choose
from benchmarks.levels import World


def test_seeds_that_are_all_alike_make_the_best_one_a_matter_of_luck():
    found = choose(World(of_seeds=0.0), 16, 300, studies=40)
    assert abs(found.on_fresh - found.of_all) < 0.01
    assert found.flattery > 0.05


def test_one_seed_is_not_chosen_and_flatters_nobody():
    assert abs(choose(World(), 1, 300, studies=200).flattery) < 0.02
