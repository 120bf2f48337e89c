from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftcli.errors import DataError, UsageError
from ftcli.tasks.dataset import Examples
from ftcli.tasks.splits import Rows, allocate, draw_share, draw_subset, set_aside, subset

# The machine may be busy: only what comes out is judged, not how long it takes.
PROPERTY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SEEDS = st.integers(0, 2**32)
CLASSES = st.lists(st.integers(0, 4), min_size=1, max_size=80).map(lambda each: np.array(each, np.int64))


def examples(classes: list[int] | None, targets: list[float] | None = None) -> Examples:
    labels = np.array(classes, np.int64) if classes is not None else np.array(targets, np.float32)
    texts = [f"t{row}" for row in range(len(labels))]
    return Examples([str(row) for row in range(len(labels))], texts, None, labels)


@given(CLASSES, st.floats(0.01, 0.99), SEEDS)
@PROPERTY
def test_shares_are_a_partition(classes: Rows, fraction: float, seed: int) -> None:
    kept, aside = draw_share(classes, fraction, seed=seed, purpose="dev")
    assert sorted([*kept, *aside]) == list(range(len(classes)))
    assert list(kept) == sorted(kept)
    assert list(aside) == sorted(aside)
    again = draw_share(classes, fraction, seed=seed, purpose="dev")
    assert np.array_equal(kept, again[0])
    assert np.array_equal(aside, again[1])
    for number, count in enumerate(np.bincount(classes)):
        on_sides = [(classes[part] == number).sum() for part in (kept, aside)]
        assert min(on_sides) >= 1 if count >= 2 else on_sides == [count, 0]


@given(st.lists(st.integers(5, 40), min_size=1, max_size=5), st.floats(0.2, 0.8), SEEDS)
@PROPERTY
def test_shares_are_within_one_of_exact(counts: list[int], fraction: float, seed: int) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    _, aside = draw_share(classes, fraction, seed=seed, purpose="select")
    assert len(aside) == round(fraction * len(classes))
    exact = np.array(counts) * len(aside) / len(classes)
    assert (np.abs(np.bincount(classes[aside], minlength=len(counts)) - exact) < 1).all()


@given(CLASSES, st.data(), SEEDS)
@PROPERTY
def test_subset_keeps_classes_and_shares(classes: Rows, data: st.DataObject, seed: int) -> None:
    counts = np.bincount(classes)
    size = data.draw(st.integers(int((counts > 0).sum()), len(classes)))
    rows = draw_subset(classes, size, seed=seed, purpose="train_size")
    assert len(rows) == len(set(rows)) == size
    assert list(rows) == sorted(rows)
    assert np.array_equal(rows, draw_subset(classes, size, seed=seed, purpose="train_size"))
    drawn, exact = np.bincount(classes[rows], minlength=len(counts)), counts * size / len(classes)
    assert (drawn[counts > 0] >= 1).all()
    if (exact[counts > 0] >= 1).all():
        assert (np.abs(drawn - exact) < 1).all()


def test_largest_remainders_by_hand() -> None:
    counts = np.array([47, 16, 16, 21])  # of 10: 4.7, 1.6, 1.6, 2.1
    assert allocate(counts, 10, np.zeros(4, np.int64), counts).tolist() == [5, 2, 1, 2]
    rare = np.array([1, 1, 98])  # the two rare ones are kept at the cost of the large one
    assert allocate(rare, 10, np.minimum(rare, 1), rare).tolist() == [1, 1, 8]


def test_seed_and_purpose_change_the_draw() -> None:
    classes = np.zeros(200, np.int64)
    first = draw_subset(classes, 50, seed=0, purpose="train_size")
    assert not np.array_equal(first, draw_subset(classes, 50, seed=1, purpose="train_size"))
    assert not np.array_equal(first, draw_share(classes, 0.25, seed=0, purpose="dev")[1])


def test_draw_is_the_same_on_every_machine() -> None:
    classes = np.arange(12) % 2
    assert draw_subset(classes, 4, seed=7, purpose="train_size").tolist() == [0, 6, 9, 11]


def test_subset_of_examples() -> None:
    train = examples([0] * 60 + [1] * 40)
    small = subset(train, 10, seed=3)
    assert small.labels is not None
    assert np.bincount(small.labels.astype(int)).tolist() == [6, 4]
    assert [f"t{identifier}" for identifier in small.ids] == small.texts


def test_regression_is_drawn_at_random() -> None:
    train = examples(None, [float(row) for row in range(50)])
    kept, aside = set_aside(train, 0.2, seed=0, purpose="dev")
    assert (len(kept), len(aside)) == (40, 10)
    assert kept.labels is not None
    assert kept.labels.dtype == np.float32


def test_subset_larger_than_train() -> None:
    with pytest.raises(UsageError, match=r"--train-size 5 is more than the 4 "):
        subset(examples([0, 1, 0, 1]), 5, seed=0)


@pytest.mark.parametrize("size", [1, 2])
def test_subset_smaller_than_the_classes(size: int) -> None:
    with pytest.raises(UsageError, match="takes 3"):
        subset(examples([0, 1, 2, 2]), size, seed=0)


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2], [0, 0]])
def test_too_few_to_set_aside(classes: list[int]) -> None:
    with pytest.raises(DataError, match=f"{len(classes)} training examples are too few to set a dev set aside"):
        set_aside(examples(classes), 0.5, seed=0, purpose="dev")
