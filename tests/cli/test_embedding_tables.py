"""Tables of embeddings with other rows than the tokenizer's first words: what is saved is as if trained whole."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from terminal import reviews, write_rows
from transformers import AutoTokenizer, BertForMaskedLM, BertModel

pytestmark = pytest.mark.slow

TABLE = "bert.embeddings.word_embeddings.weight"
ADDED = ["<phone>", "<screen>", "<nowhere>"]
STRONG = ["--lr", "5e-3", "--weight-decay", 0.3, "--threads", 1]


def with_added_tokens(desk, model, multiple):
    """Save a model whose tokenizer knows a few more words, two of them in the reviews, and whose table has grown."""
    tokenizer = AutoTokenizer.from_pretrained(desk.model)
    tokenizer.add_tokens(ADDED)
    with torch.random.fork_rng():
        model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=multiple, mean_resizing=False)
    folder = desk.folder / "model"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    texts = [(f"{text} {ADDED[number % 2]}", label) for number, (text, label) in enumerate(reviews(48))]
    write_rows(desk.folder / "reviews.csv", texts)
    return folder, tokenizer.convert_tokens_to_ids(ADDED)


def rows_in_use(desk, *options):
    plan = desk.train(*options, "--dry-run", "--json").json
    return plan["trained_vocabulary"], plan["vocabulary"]


def saved(run):
    return load_file(run / "model" / "model.safetensors")


def compact_and_whole(desk, *options):
    compact = desk.train_run(*options, "--output", "compact")
    return saved(compact), saved(desk.train_run(*options, "--no-compact-vocabulary", "--output", "whole"))


@pytest.mark.parametrize("kind", [BertModel, BertForMaskedLM], ids=["no head", "tied head"])
@pytest.mark.parametrize(("multiple", "rows"), [(None, 30525), (64, 30528)], ids=["as many rows", "filled up"])
def test_a_table_that_has_grown_ends_as_if_it_had_been_trained_whole(desk, masked_model, kind, multiple, rows):
    pretrained = kind.from_pretrained(desk.model if kind is BertModel else masked_model)
    model, (phone, _, nowhere) = with_added_tokens(desk, pretrained, multiple)
    start = pretrained.get_input_embeddings().weight.detach()
    used, all_rows = rows_in_use(desk, "--model", model)
    assert used < 100 < all_rows == len(start) == rows
    compact, whole = compact_and_whole(desk, "--model", model, *STRONG)
    assert compact.keys() == whole.keys()
    for name, weight in whole.items():
        if not name.endswith("key.bias"):  # its true gradient is 0, and Adam blows up the rounding
            torch.testing.assert_close(compact[name], weight, rtol=1e-4, atol=1e-5, msg=lambda m: f"{name}: {m}")  # noqa: B023
    decayed = start * (compact[TABLE][nowhere] / start[nowhere]).median()
    torch.testing.assert_close(compact[TABLE][nowhere:], decayed[nowhere:])
    assert not torch.allclose(compact[TABLE][phone], decayed[phone], rtol=0.01)


def test_a_tied_head_that_guesses_words_has_the_whole_table_trained(desk, masked_model):
    options = ["--tapt", "--tapt-epochs", 1, "--tapt-lr", "1e-2", "--model", masked_model, *STRONG]
    assert "trains the whole embedding table, as --tapt must" in desk.train(*options).err
    used, all_rows = rows_in_use(desk, *options)
    assert used == all_rows
    compact, whole = compact_and_whole(desk, *options)
    assert all(torch.equal(compact[name], weight) for name, weight in whole.items())
    start = load_file(masked_model / "model.safetensors")[TABLE]
    assert not torch.allclose(compact[TABLE][-1], start[-1] * (compact[TABLE][-1] / start[-1]).median(), rtol=0.01)
