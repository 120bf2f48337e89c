"""What is kept of long texts: as tokenizers cut them where they do, and nothing lost between windows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from ftcli.data.encoding import encode
from ftcli.data.reading import Reading
from ftcli.models.catalogue import locate
from ftcli.tasks.dataset import Examples

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

text = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(locate("onboard"))


def sequences_of(first: int, second: int) -> np.ndarray:
    """The texts that BERT's tokens are of."""
    pair = [*[1] * second, -1] if second else []
    return np.array([-1, *[0] * first, -1, *pair])


@settings(max_examples=150, deadline=None)
@given(first=text, second=st.none() | text, side=st.sampled_from(["right", "left"]), longest=st.integers(6, 40))
def test_one_end_is_cut_as_the_tokenizer_cuts_it(tokenizer, first, second, side, longest):
    whole = tokenizer(first, second, verbose=False)
    sequences = np.array([-1 if each is None else each for each in whole.sequence_ids(0)])
    (kept,) = Reading(longest, side).pieces(sequences)
    tokenizer.truncation_side = side
    assert [whole["input_ids"][place] for place in kept] == tokenizer(
        first, second, truncation=True, max_length=longest
    )["input_ids"]


def test_head_and_tail():
    (kept,) = Reading(10, "head-tail").pieces(sequences_of(20, 0))
    assert kept.tolist() == [0, 1, 2, 15, 16, 17, 18, 19, 20, 21]


@settings(max_examples=200, deadline=None)
@given(first=st.integers(1, 60), second=st.integers(0, 60), longest=st.integers(6, 30), stride=st.integers(1, 40))
def test_windows_lose_no_token_of_the_longer_text(first, second, longest, stride):
    sequences = sequences_of(first, second)
    windows = list(Reading(longest, stride=stride).pieces(sequences))
    longer = np.flatnonzero(sequences == int(second > first))
    if len(sequences) <= longest:
        assert [each.tolist() for each in windows] == [list(range(len(sequences)))]
        return
    assert {len(window) for window in windows} == {longest}
    assert set(longer) <= set(np.concatenate(windows))
    for window in windows:
        assert window.tolist() == sorted(set(window))
        assert set(np.flatnonzero(sequences < 0)) <= set(window)
    starts = [np.intersect1d(window, longer)[0] for window in windows]
    assert all(0 < after - before <= stride for before, after in pairwise(starts))


def test_windows_are_rows_of_their_example(tokenizer):
    texts = ["one two", " ".join(WORDS), "three"]
    split = encode(tokenizer, Examples(["a", "b", "c"], texts, None, np.array([0, 1, 0])), Reading(6, stride=3))
    assert split.owners.tolist() == [0, 1, 1, 1, 2]
    assert split.first_rows.tolist() == [0, 1, 4, 5]
    batch = split.batch(np.arange(5))
    assert batch.labels.tolist() == [0, 1, 1, 1, 0]
    read = tokenizer.batch_decode(batch.inputs["input_ids"], skip_special_tokens=True)
    assert read == ["one two", "one two three four", "four five six seven", "seven eight nine ten", "three"]
    pooled = split.pooled(np.array([[1, 0], [0, 3], [0, 6], [3, 0], [5, 5]], dtype=np.float32))
    assert pooled.tolist() == [[1, 0], [1, 3], [5, 5]]
    assert pooled.dtype == np.float32


def test_without_windows_rows_are_examples(tokenizer):
    split = encode(tokenizer, Examples(["a"], [" ".join(WORDS)], None, None), Reading(6, "head-tail"))
    assert split.owners is None
    assert tokenizer.batch_decode(split.batch(np.arange(1)).inputs["input_ids"], skip_special_tokens=True) == [
        "one eight nine ten"
    ]
