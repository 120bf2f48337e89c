"""What one seed takes becomes what all of them take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ftcli.engine.budget import Cost, for_seeds, together

COST = Cost(
    steps=5, setup=2.0, training=90.0, evaluation=8.0, memory=1000, another=300, kept=50, checkpoints=7, together=2
)  # 100 s in all


@pytest.mark.parametrize(
    ("seeds", "executor", "side_by_side", "expected"),
    [
        (1, "eager", 1, (100, 1000, 57)),
        (5, "eager", 1, (500, 1000, 257)),
        (5, "processes", 2, (300, 2000, 264)),  # two, two, and one
        (4, "processes", 4, (100, 4000, 228)),
        (5, "vmap", 5, (500, 1300, 264)),  # of which memory holds two at once
    ],
)
def test_seeds_in_turn_side_by_side_and_together(seeds, executor, side_by_side, expected):
    budget = for_seeds(COST, seeds, executor, side_by_side)
    assert (budget.seconds, budget.memory_bytes, budget.disk_while_running_bytes) == expected
    assert (budget.seconds_a_seed, budget.disk_bytes) == (100, 50 * seeds)
    assert budget.measured_steps == 5


def test_studies_one_after_the_other():
    first = for_seeds(COST, 5, "processes", 2)
    second = for_seeds(replace(COST, training=190.0, memory=1500, kept=60, checkpoints=20), 3, "processes", 2)
    budget = together([first, second])
    assert (budget.seeds, budget.seconds, budget.memory_bytes) == (8, 300 + 400, 3000)
    assert (budget.disk_bytes, budget.disk_while_running_bytes) == (250 + 180, 430 + 40)
    assert budget.seconds_a_seed == (5 * 100 + 3 * 200) / 8


def test_what_the_system_does_not_tell_stays_unknown():
    budget = for_seeds(replace(COST, memory=None), 5, "vmap")
    assert budget.memory_bytes is None
    assert together([budget, budget]).memory_bytes is None
