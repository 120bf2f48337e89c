"""Near duplicates, held against the comparison of each with each."""

from __future__ import annotations

import random
import time

from faulty import sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from ftcli.checks.similarity import THRESHOLD, NearIndex, likeness, sequences, signatures

TEXTS = st.lists(st.text("abc é", max_size=12), max_size=8)


def by_comparing_all(texts, others):
    best = {row: max((likeness(text, other) for other in others), default=0) for row, text in enumerate(texts)}
    return {row: value for row, value in best.items() if value >= THRESHOLD}


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_nothing_is_found_that_is_not_alike_and_what_is_the_same_always_is(texts, others):
    found = {twin.row: twin for twin in NearIndex(others).twins(texts)}
    expected = by_comparing_all(texts, others)
    assert found.keys() <= expected.keys()
    assert {row for row, value in expected.items() if value == 1} <= found.keys()
    for twin in found.values():
        assert twin.likeness == likeness(texts[twin.row], others[twin.other]) >= THRESHOLD


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_an_index(one, other):
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == 1


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_a_signature_depends_on_its_own_text_alone(texts):
    together = signatures(texts)
    assert all((signatures([text]) == together[row]).all() for row, text in enumerate(texts))


def test_changed_words_are_found_among_many():
    rng, texts = random.Random(0), sentences(400)
    long = [" ".join(texts[row : row + 3]) for row in range(0, 390, 3)]
    changed = [text.replace(text.split()[rng.randrange(12)], "other", 1) for text in long]
    found = {twin.row: twin.other for twin in NearIndex(long).twins(changed)}
    expected = by_comparing_all(changed, long)
    assert len(expected) > 60
    assert found.keys() <= expected.keys()
    assert len(found) >= 0.97 * len(expected)
    assert all(row == other for row, other in found.items())


def test_short_texts_have_one_sequence():
    assert sequences("ab") == {"ab   "}
    assert len(sequences("abcdefg")) == 3


def test_thousands_of_texts_that_all_resemble_each_other_take_seconds():
    texts = [f"a template of which a number alone makes the difference: {row}" for row in range(16_000)]
    start = time.process_time()
    found = NearIndex(texts[8_000:]).twins(texts[:8_000])
    assert len(found) == 8_000
    assert time.process_time() - start < 20
