"""The benchmark of many runs, with few of them."""

from __future__ import annotations

import pytest

from benchmarks.scale import costs_of


@pytest.mark.slow  # three processes, and two seconds for the files to settle
def test_it_says_what_each_command_took(tmp_path):
    costs = dict(costs_of(tmp_path, runs=120, compared=40, examples=50))
    assert len(costs) == 4
    assert all(cost.processor_seconds > 0 and 30 < cost.peak_mb < 2000 for cost in costs.values())
    assert (tmp_path / "listed" / ".index.json").is_file()
    assert (tmp_path / "page.html").is_file()
