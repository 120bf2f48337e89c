"""Parts of train that take turns as dev set."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ftcli.errors import DataError, FtcliError, UsageError
from ftcli.settings.data import DataSettings
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.folds import Fold, hold_out
from ftcli.tasks.kind import Kind
from ftcli.tasks.load import load_dataset, load_split


def examples(labels: Any) -> Examples:
    kind = np.float32 if any(isinstance(label, float) for label in labels) else np.int64
    ids = [str(number) for number in range(len(labels))]
    return Examples(ids, ids, None, np.array(labels, kind))


def all_folds(labels: Any, folds: int, groups: Any = None, seed: int = 0) -> list[tuple[Examples, Examples]]:
    found = examples(labels)
    kind: Kind = "classification" if found.labels.dtype == np.int64 else "regression"
    return [hold_out(found, kind, groups, Fold(fold, folds, seed)) for fold in range(1, folds + 1)]


@given(st.lists(st.integers(0, 2), min_size=12, max_size=60), st.integers(2, 5), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_each_example_is_held_out_once_and_the_shares_of_the_labels_are_kept(labels, folds, seed):
    counts = Counter(labels)
    if min(counts.values()) < 2 or max(counts.values()) < folds:
        return
    parts = all_folds(labels, folds, seed=seed)
    held_out = [number for _, part in parts for number in part.ids]
    assert sorted(held_out, key=int) == [str(number) for number in range(len(labels))]
    for kept, part in parts:
        assert sorted([*kept.ids, *part.ids], key=int) == [str(number) for number in range(len(labels))]
        assert list(part.ids) == sorted(part.ids, key=int)
        for label, count in counts.items():
            assert abs((part.labels == label).sum() - count / folds) < 1


def test_the_seed_decides_which_parts_there_are():
    labels = [0, 1] * 20
    first, again, other = (all_folds(labels, 4, seed=seed)[0][1].ids for seed in (1, 1, 2))
    assert first == again != other


def test_a_group_is_in_one_part_alone():
    groups = [f"author {number // 4}" for number in range(40)]
    for kept, part in all_folds([0, 1] * 20, 5, groups):
        of_part = {groups[int(number)] for number in part.ids}
        assert of_part
        assert not of_part & {groups[int(number)] for number in kept.ids}


def test_numbers_are_spread_over_the_parts_by_their_quantiles():
    values = [float(value) for value in np.random.default_rng(0).normal(size=100) ** 3]
    whole = np.quantile(np.array(values), [0.1, 0.5, 0.9])
    for _, part in all_folds(values, 5):
        assert len(part) == 20
        assert part.labels is not None
        # Each part has two of every tenth.
        assert (part.labels <= whole[0]).sum() == 2
        assert (part.labels > whole[2]).sum() == 2
        assert 9 <= (part.labels <= whole[1]).sum() <= 11


def test_few_numbers_can_be_cut_as_well():
    assert [len(part) for _, part in all_folds([0.5, 1.5, 2.5, 0.5], 2)] == [2, 2]


@pytest.mark.parametrize(
    ("labels", "folds", "groups", "words"),
    [
        ([0, 1, 0, 1], 5, None, "--folds 5: there are only 4 examples"),
        ([0, 1, 0, 1, 2, 2], 5, None, "there are only 2 examples of any label"),
        ([0, 1] * 5, 3, ["a"] * 5 + ["b"] * 5, "there are only 2 groups"),
        ([0, 0, 0, 1], 2, None, "example 3: the only example of its label"),
        ([0, 1] * 2, 2, ["a", "b", " ", "c"], "example 2: the group is empty"),
    ],
)
def test_what_can_not_be_cut(labels, folds, groups, words):
    with pytest.raises(FtcliError, match=words) as caught:
        all_folds(labels, folds, groups)
    assert caught.value.hint


def test_sets_of_labels_are_spread_by_their_rarest():
    found = examples([0b01, 0b01, 0b11, 0b01, 0b01, 0b11, 0b01, 0b00])
    parts = [hold_out(found, "multilabel", None, Fold(fold, 2, 0))[1] for fold in (1, 2)]
    assert [(part.labels == 0b11).sum() for part in parts] == [1, 1]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = (f"text {row},{'ab'[row % 2]},author {row // 5}" for row in range(40))
    return write(tmp_path / "reviews.csv", "text,label,by", *rows)


class TestOfAFile:
    def test_parts_of_a_file(self, path: Path) -> None:
        data: list[Dataset] = [load_dataset(DataSettings(train_file=path, folds=4, fold=n)) for n in range(1, 5)]
        assert [(len(each.splits["train"]), len(each.splits["dev"])) for each in data] == [(30, 10)] * 4
        assert len({number for each in data for number in each.splits["dev"].ids}) == 40
        assert load_split(DataSettings(train_file=path, folds=4, fold=2), "dev").ids == data[1].splits["dev"].ids
        assert load_dataset(DataSettings(train_file=path, folds=4)).splits["dev"].ids == data[0].splits["dev"].ids

    def test_groups_are_named_by_a_column(self, path: Path) -> None:
        dev = load_dataset(DataSettings(train_file=path, folds=4, fold=1, group_column="BY")).splits["dev"]
        assert len(dev) == 10
        assert len({int(number) // 5 for number in dev.ids}) == 2

    def test_examples_with_the_same_text_are_kept_together(self, tmp_path: Path) -> None:
        path = write(tmp_path / "twice.csv", "text,label", *(f"text {row // 2},{row % 2}" for row in range(20)))
        dev = load_dataset(DataSettings(train_file=path, folds=5, group_column="text")).splits["dev"]
        assert Counter(Counter(dev.texts).values()) == {2: 2}

    def test_a_missing_group_column_is_told(self, path: Path) -> None:
        with pytest.raises(DataError, match="no column 'author'"):
            load_dataset(DataSettings(train_file=path, folds=4, group_column="author"))

    def test_the_only_example_of_a_label_is_told_by_its_line(self, tmp_path: Path) -> None:
        path = write(tmp_path / "rare.csv", "text,label", *["x,a", "y,b"] * 4, "z,rare")
        with pytest.raises(DataError, match=r"rare\.csv:10: the only example of its label"):
            load_dataset(DataSettings(train_file=path, folds=2))

    def test_subsets_are_drawn_from_what_is_left(self, path: Path) -> None:
        data = load_dataset(DataSettings(train_file=path, folds=4, fold=1, train_size=20, select_fraction=0.2))
        assert {name: len(each) for name, each in data.splits.items()} == {"train": 16, "dev": 10, "select": 4}

    def test_the_dev_set_of_a_task_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "CoLA").mkdir()
        rows = [f"g\t{row % 2}\t\tSentence {row}." for row in range(12)]
        write(tmp_path / "CoLA" / "train.tsv", *rows)
        write(tmp_path / "CoLA" / "test.tsv", "index\tsentence", "0\tWhat?")
        data = load_dataset(DataSettings(task="cola", data_dir=tmp_path, folds=3, fold=3))
        assert {name: len(each) for name, each in data.splits.items()} == {"train": 8, "test": 1, "dev": 4}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"fold": 1}, "--fold does nothing without --folds"),
        ({"group_column": "by"}, "--group-column does nothing without --folds"),
        ({"folds": 3, "fold": 4}, "--fold 4 is more than the 3"),
        ({"folds": 3, "train_file": "x", "dev_file": "y"}, "so that --dev-file does nothing"),
        ({"folds": 3, "train_file": "x", "dev_fraction": 0.1}, "so that --dev-fraction does nothing"),
        ({"folds": 1}, "folds"),
        ({"folds": 3, "fold": 0}, "fold"),
    ],
)
def test_settings_that_do_not_go_together(values, words):
    with pytest.raises((ValidationError, UsageError), match=words):
        DataSettings(**values)
