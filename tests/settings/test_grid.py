from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.errors import UsageError
from ftcli.settings.grid import points, searched

NUMERIC = {("lr",), ("epochs",), ("rdrop", "alpha")}
NUMBERS = st.lists(st.integers(1, 99).map(str), min_size=1, max_size=4, unique=True)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_every_combination_comes_once(lists):
    given_values = dict(zip(sorted(NUMERIC), map(",".join, lists), strict=True)) | {("output",): "a,b"}
    found = points(given_values, NUMERIC)
    expected = 1
    for each in lists:
        expected *= len(each)
    assert len(found) == expected
    assert len({point.name for point in found}) == expected
    assert len({tuple(sorted(point.values.items())) for point in found}) == expected
    assert all(point.values["output",] == "a,b" for point in found)


def test_without_a_list_there_is_one_point_without_a_name():
    given_values = {("lr",): "1e-4", ("task",): "cola", ("seeds",): "1,2"}
    assert points(given_values, NUMERIC) == [("", given_values)]
    assert searched(given_values, NUMERIC) == []


def test_points_are_called_after_their_values():
    found = points({("rdrop", "alpha"): "1, 2", ("lr",): "1e-5"}, NUMERIC)
    assert [point.name for point in found] == ["rdrop.alpha-1", "rdrop.alpha-2"]
    assert searched({("rdrop", "alpha"): "1, 2"}, NUMERIC) == ["rdrop.alpha"]


@pytest.mark.parametrize("text", ["1,,2", "1,1", ",", "1,"])
def test_broken_lists_are_refused_by_name(text):
    with pytest.raises(UsageError, match="--rdrop-alpha"):
        points({("rdrop", "alpha"): text}, NUMERIC)


def test_a_grid_that_nobody_can_train_is_refused():
    many = ",".join(map(str, range(40)))
    with pytest.raises(UsageError, match="1600 combinations"):
        points({("lr",): many, ("epochs",): many}, NUMERIC)
