"""The benchmark of many runs, with few of them."""

from __future__ import annotations

import re

import pytest

from benchmarks.scale import lines_of


@pytest.mark.slow  # three processes, and two seconds for the files to settle
def test_it_says_what_each_command_took(tmp_path):
    lines = list(lines_of(tmp_path, runs=120, compared=40, examples=50))
    assert len(lines) == 4
    assert all(re.search(r": +\d+\.\d\d s \(\d+\.\d\d s of the processor\), \d+ MB at most$", line) for line in lines)
    assert (tmp_path / "listed" / ".index.json").is_file()
