from __future__ import annotations

import pytest

from ftcli.cli.strip import scale, shortened, strip, strips


def test_each_score_has_its_mark_and_equal_ones_share_a_larger():
    assert strip([0.0, 0.5, 1.0, 1.0], 0.625, 0.0, 1.0, 9) == "∘   ∘┃  ●"


def test_the_ends_are_named():
    assert scale(-0.5, 1.0, 20) == "-0.5000       1.0000"


def test_groups_stand_on_one_scale_and_those_without_scores_are_left_out():
    lines = list(strips([("a", [0.0], 0.0), ("none", [], None), ("b", [1.0], 1.0)], 16))
    assert [name for name, _ in lines] == ["a", "b", ""]
    assert (lines[0][1], lines[1][1]) == ("┃" + " " * 15, " " * 15 + "┃")


def test_nothing_is_drawn_where_nothing_differs():
    assert list(strips([("a", [0.5, 0.5], 0.5)], 20)) == []


@pytest.mark.parametrize("width", [9, 10, 16])
def test_long_labels_keep_both_ends_and_the_width(width):
    one, other = (shortened(f"rdrop + reinit, lr=0.0001, warmup={warmup}", width) for warmup in (0.1, 0.2))
    assert len(one) == len(other) == width
    assert one != other
    assert one.startswith("rdro")
    assert shortened("x" * width, width) == "x" * width
