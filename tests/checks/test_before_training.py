"""What a training says of its data before it starts."""

from __future__ import annotations

import pytest
from faulty import ROWS, write

from ftcli.checks.before_training import load_to_train
from ftcli.errors import DataError
from ftcli.settings.check import CheckSettings


def refused(**files):
    with pytest.raises(DataError) as caught:
        load_to_train(CheckSettings(**files))
    return caught.value


def test_all_kinds_of_error_in_all_files_are_told_at_once(tmp_path):
    train = write(tmp_path / "t.csv", [*ROWS, ("", "a"), ("text", ""), (" ", "b")])
    dev = write(tmp_path / "d.csv", [("x", "a"), ("y", "c")])
    error = refused(train_file=train, dev_file=dev)
    assert error.message.splitlines() == [
        f"{train}:32: column 'text' is empty; so it is in 1 more (line 34)",
        f"{train}:33: the label is empty",
        f"{dev}:3: unknown label 'c'",
    ]
    assert "take it out" in error.hint
    assert "The labels are: 'a', 'b'" in error.hint
    assert "ftcli check" in error.hint


def test_of_many_kinds_the_first_are_told(tmp_path):
    dev = write(tmp_path / "d.csv", [(f"text {name}", name) for name in "cdefghijklmno"])
    error = refused(train_file=write(tmp_path / "t.csv", ROWS), dev_file=dev)
    assert error.message.splitlines()[-1] == "and 3 more kinds of error"
    assert len(error.message.splitlines()) == 11


def test_one_kind_of_error_is_told_as_loading_tells_it(tmp_path):
    train = write(tmp_path / "t.csv", [*ROWS, ("", "a"), (" ", "b")])
    assert refused(train_file=train).message == f"{train}:32: column 'text' is empty; so it is in 1 more (line 33)"


def test_an_error_of_a_file_as_a_whole_is_told_as_it_is(tmp_path):
    path = write(tmp_path / "t.csv", [("x", "a"), ("y", "a")])
    assert str(path) in refused(train_file=path).message


def test_sound_data_are_loaded(tmp_path):
    splits = load_to_train(CheckSettings(train_file=write(tmp_path / "t.csv", ROWS))).splits
    assert sum(map(len, splits.values())) == 30
