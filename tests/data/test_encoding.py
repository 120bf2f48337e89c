from __future__ import annotations

import numpy as np
import pytest
from transformers import AutoTokenizer

from ftcli.data.encoding import encode
from ftcli.data.reading import Reading
from ftcli.models.catalogue import locate
from ftcli.tasks.dataset import Examples

TEXTS = ["One.", "Two words here.", "A somewhat longer sentence than the others."]


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(locate("onboard"))


def examples(pairs=None):
    return Examples(["a", "b", "c"], TEXTS, pairs, np.array([1, 0, 1]))


@pytest.mark.parametrize("pairs", [None, ["x y", "z", "u v w"]])
def test_a_batch_is_what_the_tokenizer_itself_gives(tokenizer, pairs):
    split = encode(tokenizer, examples(pairs), Reading(16))
    batch = split.batch(np.array([2, 0, 1]))
    order = [2, 0, 1]
    expected = tokenizer(
        [TEXTS[row] for row in order],
        None if pairs is None else [pairs[row] for row in order],
        truncation=True,
        max_length=16,
        padding=True,
        return_tensors="pt",
    )
    assert set(batch.inputs) == set(expected)
    for name, value in batch.inputs.items():
        assert value.tolist() == expected[name].tolist()
    assert batch.labels.tolist() == [1, 1, 0]


def test_a_batch_can_be_padded_further(tokenizer):
    split = encode(tokenizer, examples(), Reading(16))
    batch = split.batch(np.array([0]), 12)
    assert batch.inputs["input_ids"].shape == (1, 12)
    assert batch.inputs["attention_mask"].sum() == split.lengths[0]


def test_long_texts_are_cut(tokenizer):
    assert encode(tokenizer, examples(), Reading(5)).lengths.max() == 5


def test_rows_are_kept_in_flat_arrays(tokenizer):
    split = encode(tokenizer, examples(), Reading(16))
    assert split.ids.dtype == np.int32
    assert split.ids.size == split.lengths.sum()
    assert len(split) == 3
