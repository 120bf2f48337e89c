"""A short torture; the long one is ``python -m benchmarks.torture``."""

from __future__ import annotations

import random

import pytest

from benchmarks.torture import compare, torture


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_the_same(tmp_path):
    assert torture(tmp_path, kills=2, rng=random.Random(2)).total() >= 2


def test_a_difference_is_noticed(tmp_path):
    for name, content in (("whole", "1"), ("tortured", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.jsonl").write_text(content)
    with pytest.raises(SystemExit, match="differs from"):
        compare(tmp_path / "whole", tmp_path / "tortured")
