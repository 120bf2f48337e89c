"""Training with a compact vocabulary leaves the same model as training with the whole table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan, tiny_state
from strategies.cases import CASES
from tape import Tapes

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.graph import GraphExecutor
from ftcli.engine.stacked import StackedExecutor
from ftcli.engine.whole_table import decays_linearly
from ftcli.models.encoder import Encoder
from ftcli.models.vocabulary import CompactVocabulary
from ftcli.recipes.discovery import all_strategies

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


def compacted(model, used, pad_id=0):
    table = model.get_input_embeddings().weight.detach().clone()
    return CompactVocabulary(model, used, pad_id, table.clone)


def eagerly(states):
    executors = [EagerExecutor(state) for state in states]
    return lambda batch: [executor.step(batch) for executor in executors]


def recorded(states):
    executors = [GraphExecutor(EagerExecutor(state, recorded=True), print, Tapes) for state in states]
    return lambda batch: [executor.step(batch) for executor in executors]


def in_the_same_steps(states):
    executor = StackedExecutor(states)
    return lambda batch: executor.step([batch for _ in states])


def trained(strategies, *, compact, way=eagerly, seeds=(0,), **settings):
    """Train; return the weights that would be saved, of the last of the seeds."""
    states = []
    for seed in seeds:
        model = tiny_encoder(seed=seed).model
        vocabulary = compacted(model, USED) if compact else None
        states.append(tiny_state(Encoder(model), strategies, **{"steps": STEPS, "weight_decay": 0.3, **settings}))
    step = way(states)
    for state in states:
        state.random.manual_seed(5)
    for batch in batches():
        step(batch if vocabulary is None else renumbered(batch, vocabulary))
    weights = state.merged(state.final_weights() or state.weights)
    return weights if vocabulary is None else vocabulary.expand(weights)


def assert_alike(found, expected):
    assert found.keys() == expected.keys()
    for name, weight in expected.items():
        if not name.endswith("key.bias"):  # its true gradient is 0, and Adam blows up the rounding
            torch.testing.assert_close(found[name], weight, rtol=1e-4, atol=1e-5)


def exact(case):
    """Whether compaction is to be exact: not where numbers are drawn for each row of the table."""
    strategy = all_strategies()[case.name]
    return not strategy(strategy.Settings(**case.options)).looks_at_whole_table() and case.name != "child_tuning"


@pytest.mark.parametrize(
    ("way", "seeds"),
    [
        pytest.param(eagerly, [0], id="eager"),
        pytest.param(recorded, [0], id="recorded"),
        pytest.param(in_the_same_steps, [1, 2], id="vmap"),
    ],
)
@pytest.mark.slow  # under every strategy
@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("case", [case for case in CASES if exact(case)], ids=lambda case: case.name)
def test_it_agrees_with_the_whole_table_under_every_strategy(case, way, seeds):
    options = {"way": way, "seeds": seeds}
    whole, compact = (trained({case.name: case.options}, compact=compact, **options) for compact in (False, True))
    assert_alike(compact, whole)


@pytest.mark.parametrize("optimizer", ["adamw", "nadam", "radam", "sgd", "adamax", "rmsprop", "adagrad"])
def test_it_agrees_under_an_optimizer_exactly_if_that_decays_linearly(optimizer):
    settings = {"optimizer": optimizer, "lr": 1e-3}
    whole, compact = (trained({}, compact=compact, **settings) for compact in (False, True))
    name = "bert.embeddings.word_embeddings.weight"
    unused = [row for row in range(60) if row not in USED and row != 0]
    alike = torch.allclose(compact[name][unused], whole[name][unused], rtol=1e-5, atol=1e-7)
    assert alike == decays_linearly(optimizer)


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
    assert_alike(compact, whole)


def test_unused_rows_end_with_exactly_the_decay_they_would_have_had():
    name = "bert.embeddings.word_embeddings.weight"
    start = tiny_encoder().weights[name].detach()
    plan = tiny_plan(tiny_encoder(), steps=STEPS, weight_decay=0.3)
    share = torch.prod(1 - plan.rates[:, 0] * 0.3).item()
    found = trained({}, compact=True)[name]
    unused = [row for row in range(60) if row not in USED and row != 0]
    torch.testing.assert_close(found[unused], start[unused] * share)


def test_numbers_up_to_the_padding_stay():
    vocabulary = compacted(tiny_encoder(pad_token_id=1).model, np.array([20, 30]), pad_id=1)
    assert vocabulary.renumber(as_split(torch.tensor([0, 1, 20, 30]))).ids.tolist() == [0, 1, 2, 3]
    assert vocabulary.rows == 4
