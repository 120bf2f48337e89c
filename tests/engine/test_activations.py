"""Blocks that rest: what they make of an example is kept, and training goes as it would without."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import tiny_encoder, tiny_state
from transformers import (
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    MPNetConfig,
    MPNetForSequenceClassification,
)

from ftcli.data.encoding import EncodedSplit
from ftcli.engine import activations
from ftcli.engine.activations import with_activations
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.memory import for_evaluation
from ftcli.engine.stacked import StackedExecutor
from ftcli.models.encoder import Encoder

WORDS = {"vocab_size": 60, "max_position_embeddings": 32}
SIZES = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
RECIPES = ["", "rdrop", "mixout", "fgm", "r3f", "smart", "lora", "mixup", "sam", "awp", "swa", "lp_ft", "child_tuning"]

pytestmark = pytest.mark.usefixtures("double_precision")


def a_split(rows=12):
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 9, rows)
    return EncodedSplit(
        ids=rng.integers(5, 60, lengths.sum()).astype(np.int32),
        types=None,
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        labels=rng.integers(0, 2, rows),
        pad_id=0,
    )


def trained(recipe, *, cache, dropout=0.2, together=False):
    split = a_split()
    strategies = {"freeze": {"layers": 2, "cache": cache}} | ({recipe: {}} if recipe else {})
    state = tiny_state(tiny_encoder(dropout=dropout), strategies, batches=[split.batch(np.arange(6))])
    state.encoder.train()
    split = with_activations(split, state.encoder, state.merged(state.weights), for_evaluation(5))
    assert (split.hidden is not None) == cache
    torch.manual_seed(1)
    executor = StackedExecutor([state]) if together else EagerExecutor(state)
    for step in range(state.plan.steps):
        batch = split.batch(np.roll(np.arange(12), 5 * step)[:6])
        executor.step([batch] if together else batch)
    return state


@pytest.mark.parametrize("recipe", RECIPES)
def test_training_goes_as_it_would_without(recipe):
    kept, computed = (trained(recipe, cache=cache) for cache in (True, False))
    for name, weight in computed.weights.items():
        if not name.endswith("key.bias"):  # of which the true gradient is 0
            torch.testing.assert_close(kept.weights[name], weight)


def test_so_it_does_under_vmap():
    kept, computed = (trained("mixup", cache=cache, dropout=0.0, together=True) for cache in (True, False))
    torch.testing.assert_close(kept.weights["classifier.weight"], computed.weights["classifier.weight"])


def test_the_resting_blocks_are_not_run_again(monkeypatch):
    encoder, split = tiny_encoder(), a_split()
    encoder.rest_below(2, keep_activations=True)
    split = with_activations(split, encoder, encoder.weights, for_evaluation(5))
    ran = []
    for number, block in enumerate(encoder.blocks):
        monkeypatch.setattr(
            block.intermediate, "forward", lambda *_, n=number, f=block.intermediate.forward: ran.append(n) or f(*_)
        )
    encoder.forward(encoder.weights, split.batch(np.arange(4)).inputs)
    assert ran == [2]


def test_all_blocks_can_rest():
    encoder, split = tiny_encoder(dropout=0.0), a_split()
    expected = encoder.forward(encoder.weights, split.batch(np.arange(12)).inputs).logits
    encoder.rest_below(3, keep_activations=True)
    kept = with_activations(split, encoder, encoder.weights, for_evaluation(5))
    torch.testing.assert_close(encoder.forward(encoder.weights, kept.batch(np.arange(12)).inputs).logits, expected)


def test_too_much_is_not_kept(monkeypatch):
    encoder, split = tiny_encoder(), a_split()
    encoder.rest_below(2, keep_activations=True)
    monkeypatch.setattr(activations, "MOST_BYTES", 8 * 16 * len(split.ids) - 1)
    assert with_activations(split, encoder, encoder.weights, for_evaluation(5)).hidden is None


def test_dropout_stays_off_in_what_rests():
    encoder = tiny_encoder(dropout=0.5)
    encoder.rest_below(1, keep_activations=False)
    encoder.train(False)
    encoder.train(True)
    modules = dict(encoder.model.named_modules())
    assert not modules["bert.embeddings.dropout"].training
    assert not modules["bert.encoder.layer.0.output.dropout"].training
    assert modules["bert.encoder.layer.1.output.dropout"].training
    assert modules["dropout"].training


@pytest.mark.parametrize(
    "model",
    [
        lambda: DebertaV2ForSequenceClassification(
            DebertaV2Config(**WORDS, **SIZES, relative_attention=True, pos_att_type=["p2c", "c2p"], type_vocab_size=0)
        ),
        lambda: DistilBertForSequenceClassification(
            DistilBertConfig(**WORDS, dim=16, n_layers=3, n_heads=2, hidden_dim=32)
        ),
        lambda: ElectraForSequenceClassification(ElectraConfig(**WORDS, **SIZES, embedding_size=8)),
        lambda: MPNetForSequenceClassification(MPNetConfig(**WORDS, **SIZES)),
    ],
    ids=["deberta", "distilbert", "electra", "mpnet"],
)
def test_other_families(model):
    torch.manual_seed(0)
    encoder, split = Encoder(model().eval()), a_split()
    expected = encoder.forward(encoder.weights, split.batch(np.arange(12)).inputs).logits
    encoder.rest_below(2, keep_activations=True)
    kept = with_activations(split, encoder, encoder.weights, for_evaluation(5))
    assert kept.hidden is not None
    torch.testing.assert_close(encoder.forward(encoder.weights, kept.batch(np.arange(12)).inputs).logits, expected)
