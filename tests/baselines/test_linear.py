"""The cheap baseline learns what words alone can tell, and nothing from dev."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from faulty import clean, dataset, sentences

from ftcli.baselines import linear
from ftcli.baselines.linear import fit_linear
from ftcli.tasks.dataset import Dataset, Examples


def words(count, *, start=0):
    """Sentences whose label is a word."""
    return [
        (f"{text} {'fine' if n % 2 else 'awful'}", "good" if n % 2 else "bad")
        for n, text in enumerate(sentences(count, start=start))
    ]


def fitted(data):
    model = fit_linear(data)
    assert model is not None
    return model


def test_it_learns_what_a_word_tells():
    data = dataset(words(60), words(40, start=500))
    assert fitted(data).scores(data, data.splits["dev"])["accuracy"] == 1


def test_it_is_the_same_each_time_and_dev_has_no_part_in_it():
    data = dataset(clean(60), clean(40, start=500))
    other = dataset(clean(60), words(40, start=900))
    first, second, third = (fitted(each).estimator.coef_ for each in (data, data, other))
    assert (first == second).all()
    assert (first == third).all()


def test_numbers_are_predicted_by_ridge_regression():
    rows = [(f"{text} {'fine ' * (n % 4)}", float(n % 4)) for n, text in enumerate(sentences(80))]
    data = dataset(rows[:60], rows[60:])
    assert fitted(data).scores(data, data.splits["dev"])["pearson"] > 0.9


def test_of_a_pair_it_sees_whether_both_say_the_same():
    rng = np.random.default_rng(0)
    first = sentences(200)
    same = rng.random(200) < 0.5
    second = [
        text if alike else other for text, other, alike in zip(first, sentences(200, start=500), same, strict=True)
    ]

    def part(rows):
        labels = same[rows].astype(np.int64)
        return Examples([], [first[row] for row in rows], [second[row] for row in rows], labels)

    splits = {"train": part(range(150)), "dev": part(range(150, 200))}
    data = Dataset("pairs", "classification", "accuracy", ("other", "same"), splits)
    assert fitted(data).scores(data, data.splits["dev"])["accuracy"] > 0.9


def test_several_labels():
    texts = [f"{text} {'red ' * (n % 2)}{'blue ' * (n // 2 % 2)}" for n, text in enumerate(sentences(80))]
    labels = np.array([n % 4 for n in range(80)], np.int64)
    splits = {"train": Examples([], texts[:60], None, labels[:60]), "dev": Examples([], texts[60:], None, labels[60:])}
    data = Dataset("sets", "multilabel", "micro_f1", ("red", "blue"), splits)
    assert fitted(data).scores(data, data.splits["dev"])["micro_f1"] > 0.9


@pytest.mark.parametrize("texts", [["!", "?"] * 20, ["", ""] * 20])
def test_texts_of_few_words_or_none_do_no_harm(texts):
    labels = [("bad", "good")[n % 2] for n in range(40)]
    data = dataset(list(zip(texts, labels, strict=True)))
    assert (fit_linear(data) is None) == (not any(texts))


def test_one_class_alone_is_nothing_to_fit():
    data = dataset(clean(20))
    train = data.splits["train"]
    assert fit_linear(data, replace(train, labels=np.zeros(20, np.int64))) is None


def test_large_data_is_cut(monkeypatch):
    monkeypatch.setattr(linear, "_MOST_ROWS", 30)
    data = dataset(words(60), words(40, start=500))
    assert fitted(data).scores(data, data.splits["dev"])["accuracy"] > 0.9
