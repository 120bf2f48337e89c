"""Every row that loading would refuse, where loading stops at the first."""

from __future__ import annotations

import pytest
from faulty import ROWS, write
from hypothesis import given, settings
from hypothesis import strategies as st

from ftcli.checks.finding import Severity
from ftcli.checks.look import look_at
from ftcli.errors import DataError
from ftcli.settings.check import CheckSettings
from ftcli.tasks.load import load_dataset


def errors(settings):
    return [each for each in look_at(settings, settings).findings if each.severity is Severity.ERROR]


def test_all_rows_at_fault_are_told_and_the_rest_is_checked(tmp_path):
    rows = [*ROWS, ("", "a"), ("text", ""), (" ", "b"), ROWS[0]]
    settings = CheckSettings(train_file=write(tmp_path / "t.csv", rows))
    looked = look_at(settings, settings)
    found = {finding.check: finding for finding in looked.findings}
    assert {name: [place.line for place in found[name].places] for name in ("empty-texts", "labels")} == {
        "empty-texts": [32, 34],
        "labels": [33],
    }
    assert found["empty-texts"].message == "column 'text' is empty"
    assert "take it out" in found["empty-texts"].hint
    assert looked.dataset is not None
    assert sum(map(len, looked.dataset.splits.values())) == 31
    assert "duplicates" in found or "leakage" in found
    with pytest.raises(DataError, match=r"t\.csv:32: column 'text' is empty"):
        load_dataset(settings)


def test_labels_outside_the_set_are_told_by_name(tmp_path):
    train = write(tmp_path / "t.csv", ROWS)
    dev = write(tmp_path / "d.csv", [("x", "a"), ("y", "c"), ("z", "c"), ("v", "d")])
    first, second = errors(CheckSettings(train_file=train, dev_file=dev))
    assert (first.message, first.count, first.where) == ("unknown label 'c'", 2, f"{dev} lines 3, 4")
    assert second.message == "unknown label 'd'"


def test_numbers_that_are_none(tmp_path):
    rows = [("x", "1.5"), ("y", "two"), ("z", "3"), ("v", "nan"), ("w", "2"), ("u", "5")]
    found = errors(CheckSettings(train_file=write(tmp_path / "t.csv", rows), regression=True))
    assert [finding.places[0].line for finding in found] == [3, 5]


@pytest.mark.parametrize(
    ("rows", "check"),
    [([("x", "a"), ("y", "a")], "data"), ([("x", "a"), ("", "b")], "data"), ([("", "a"), ("", "b")], "empty-texts")],
)
def test_nothing_to_learn_is_an_error(tmp_path, rows, check):
    settings = CheckSettings(train_file=write(tmp_path / "t.csv", rows))
    looked = look_at(settings, settings)
    assert looked.dataset is None
    assert looked.errors >= 1
    assert looked.findings[-1].check == check


def test_where_no_row_of_a_file_is_sound_the_rest_is_left_out(tmp_path):
    told = CheckSettings(train_file=write(tmp_path / "t.csv", ROWS), dev_file=write(tmp_path / "d.csv", [("x", "c")]))
    looked = look_at(told, told)
    assert looked.dataset is None
    assert [finding.message for finding in looked.findings] == ["unknown label 'c'"]
    assert looked.left_out == ["all other checks, for dev has no row without an error"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["one", "two", ""]), st.sampled_from(["a", "b", "", "c"])), max_size=12))
def test_check_finds_an_error_exactly_where_loading_would_stop(tmp_path_factory, dev):
    folder = tmp_path_factory.mktemp("rows")
    told = CheckSettings(
        train_file=write(folder / "t.csv", ROWS), dev_file=write(folder / "d.csv", [("first", "a"), *dev])
    )
    lines = sorted(place.line for finding in errors(told) for place in finding.places if place.line)
    assert _refused_line(told) in (lines or [None])
    assert {row + 3 for row, (text, label) in enumerate(dev) if not text or label not in ("a", "b")} >= set(lines)


def _refused_line(told):
    try:
        load_dataset(told)
    except DataError as error:
        return int(error.message.split(":")[1])
    return None
