"""Sets of labels as numbers, and the scores of such sets against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from ftcli.errors import DataError, UsageError
from ftcli.settings.data import DataSettings
from ftcli.tasks.labelsets import MOST_LABELS, members, names_in, to_number, to_numbers
from ftcli.tasks.load import load_dataset, load_file
from ftcli.tasks.metrics import confidence_interval, majority_baseline, score
from ftcli.tasks.splits import set_aside


@given(st.lists(st.sets(st.integers(0, MOST_LABELS - 1)), min_size=1, max_size=5))
def test_numbers_and_members_are_each_other_s_inverse(sets):
    numbers = np.array([to_number(each) for each in sets], np.int64)
    has = members(numbers, MOST_LABELS)
    assert [set(np.flatnonzero(row).tolist()) for row in has] == sets
    assert np.array_equal(to_numbers(has), numbers)
    assert [set(map(int, names_in(int(n), list(map(str, range(MOST_LABELS)))))) for n in numbers] == sets


@settings(max_examples=60)
@given(labels=st.integers(2, 5), rows=st.integers(1, 8), seed=st.integers(0, 10_000))
def test_scores_are_those_of_scikit_learn(labels, rows, seed):
    rng = np.random.default_rng(seed)
    actual, predicted = rng.random((2, rows, labels)) < 0.4
    found = score("multilabel", to_numbers(actual), to_numbers(predicted), classes=labels)
    occurs = (actual | predicted).any(0)
    assert found == {
        "micro_f1": pytest.approx(sklearn.f1_score(actual, predicted, average="micro", zero_division=0)),
        "macro_f1": pytest.approx(
            sklearn.f1_score(actual[:, occurs], predicted[:, occurs], average="macro", zero_division=0)
            if occurs.sum() > 1
            else (sklearn.f1_score(actual[:, occurs].ravel(), predicted[:, occurs].ravel()) if occurs.any() else 0)
        ),
        "subset_accuracy": pytest.approx((actual == predicted).all(1).mean()),
    }


def test_the_majority_is_what_more_than_half_of_train_have():
    train, dev = np.array([0b11, 0b01, 0b01, 0b10]), np.array([0b01, 0b11])
    assert majority_baseline(train, dev, "multilabel")["subset_accuracy"] == 0.5


def test_the_interval_holds_the_score():
    rng = np.random.default_rng(1)
    actual = rng.random((200, 4)) < 0.3
    labels, predicted = to_numbers(actual), to_numbers(actual ^ (rng.random((200, 4)) < 0.1))
    low, high = confidence_interval("micro_f1", labels, predicted, classes=4)
    assert 0 < low < score("multilabel", labels, predicted, classes=4)["micro_f1"] < high < 1


ROWS = ["text,label", "a cat,animal", "a red cat,animal|colour", "red, colour", "nothing,", "two cats, animal | animal"]


def read(tmp_path, rows=ROWS, **options):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(row.replace(", ", ",") for row in rows) + "\n", encoding="utf-8")
    return DataSettings(train_file=path, dev_file=path, label_separator="|", **options)


def test_each_cell_holds_labels_or_none(tmp_path):
    data = load_dataset(read(tmp_path))
    assert (data.kind, data.metric, data.label_names) == ("multilabel", "micro_f1", ("animal", "colour"))
    assert data.splits["train"].labels.tolist() == [1, 3, 2, 0, 1]
    assert data.has_label(data.splits["train"]).sum(0).tolist() == [3, 2]


def test_a_model_s_own_order_of_the_labels_is_kept(tmp_path):
    settings = read(tmp_path)
    assert load_file(settings.train_file, settings, ["colour", "animal"]).labels.tolist() == [2, 3, 1, 0, 2]


def test_an_unknown_label_is_named_with_its_line(tmp_path):
    settings = read(tmp_path)
    other = tmp_path / "o.csv"
    other.write_text("text,label\nx,animal\ny,animal|plant\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"o\.csv:3: unknown label 'plant'"):
        load_file(other, settings, ["animal", "colour"])


def test_more_labels_than_fit_are_refused(tmp_path):
    rows = ["text,label", *(f"row {n},label {n}" for n in range(MOST_LABELS + 1))]
    with pytest.raises(DataError, match="63 labels; at most 62"):
        load_dataset(read(tmp_path, rows))


def test_a_metric_of_classes_is_refused(tmp_path):
    with pytest.raises(UsageError, match="metric 'accuracy' is not for a multilabel"):
        load_dataset(read(tmp_path, metric="accuracy"))


def test_rare_labels_are_on_both_sides_of_a_split(tmp_path):
    rows = ["text,label", *(f"row {n},often{'|rare' if n % 10 == 0 else ''}" for n in range(40))]
    data = load_dataset(read(tmp_path, rows))
    for seed in range(5):
        for part in set_aside(data.splits["train"], 0.2, data.kind, seed=seed, purpose="dev"):
            assert data.has_label(part).any(0).all()
