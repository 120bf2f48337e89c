"""Training with a compact vocabulary leaves the same model as training with the whole table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.state import TrainState
from ftcli.models.encoder import Encoder
from ftcli.models.vocabulary import CompactVocabulary

USED = np.array([3, *range(7, 40, 2)])
STEPS = 6


def batches():
    """Batches that hold only the tokens in use."""
    for step in range(STEPS):
        batch = random_batch(seed=step)
        ids = torch.from_numpy(USED)[batch.inputs["input_ids"] % len(USED)] * batch.inputs["attention_mask"]
        yield batch._replace(inputs=batch.inputs | {"input_ids": ids})


def as_split(ids):
    return EncodedSplit(ids.numpy().ravel().astype(np.int32), None, np.array([0, ids.numel()]), None, pad_id=0)


def renumbered(batch, vocabulary):
    ids = batch.inputs["input_ids"]
    numbers = torch.from_numpy(vocabulary.renumber(as_split(ids)).ids.astype(np.int64)).reshape(ids.shape)
    return batch._replace(inputs=batch.inputs | {"input_ids": numbers})


def trained(strategies, *, compact):
    """Train; return the weights that would be saved."""
    model = tiny_encoder().model
    vocabulary = CompactVocabulary(model, USED, pad_id=0) if compact else None
    encoder = Encoder(model)
    executor = EagerExecutor(TrainState(tiny_plan(encoder, strategies, steps=STEPS, weight_decay=0.3), encoder))
    for batch in batches():
        executor.step(batch if vocabulary is None else renumbered(batch, vocabulary))
    weights = executor.state.final_weights() or executor.state.weights
    return weights if vocabulary is None else vocabulary.expand(weights)


@pytest.mark.parametrize(
    "strategies",
    [
        {},
        {"ema": {"decay": 0.7}},
        {"swa": {"start": 0.3, "every": 1}},
        {"fgm": {"epsilon": 0.5}, "layerwise_lrd": {"decay": 0.6}},
        {"rdrop": {}, "reinit": {"layers": 1}},
    ],
    ids=lambda strategies: "+".join(strategies) or "baseline",
)
def test_it_agrees_with_the_whole_table(strategies):
    whole, compact = (trained(strategies, compact=compact) for compact in (False, True))
    assert whole.keys() == compact.keys()
    for name, weight in whole.items():
        if not name.endswith("key.bias"):  # its true gradient is 0, and Adam blows up the rounding
            torch.testing.assert_close(compact[name], weight, rtol=1e-4, atol=1e-5)


def test_unused_rows_end_with_exactly_the_decay_they_would_have_had():
    name = "bert.embeddings.word_embeddings.weight"
    start = tiny_encoder().weights[name].detach()
    plan = tiny_plan(tiny_encoder(), steps=STEPS, weight_decay=0.3)
    share = torch.prod(1 - plan.rates[:, 0] * 0.3).item()
    found = trained({}, compact=True)[name]
    unused = [row for row in range(60) if row not in USED and row != 0]
    torch.testing.assert_close(found[unused], start[unused] * share)


def test_numbers_up_to_the_padding_stay():
    vocabulary = CompactVocabulary(tiny_encoder(pad_token_id=1).model, np.array([20, 30]), pad_id=1)
    assert vocabulary.renumber(as_split(torch.tensor([0, 1, 20, 30]))).ids.tolist() == [0, 1, 2, 3]
    assert vocabulary.rows == 4
