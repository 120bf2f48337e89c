"""Phrases that several parts say."""

from __future__ import annotations

import pytest

from ftcli.wording import duration


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "1 s"), (42.4, "42 s"), (61, "1 min"), (95, "1.6 min"), (3599, "1 h"), (5400, "1.5 h"), (360000, "100 h")],
)
def test_durations_in_a_few_digits(seconds, shown):
    assert duration(seconds) == shown
