"""Masked-language modelling before the labels: against transformers' own loss, and how it fits into a run."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.step import Step
from ftcli.errors import ModelError
from ftcli.models.encoder import Encoder

MASK, FIRST_WORD = 3, 5


class Recorded:
    """Uniform noise that remembers what it drew."""

    def __init__(self):
        self.drawn = []
        self._generator = torch.Generator().manual_seed(0)

    def uniform(self, like):
        self.drawn.append(torch.rand(like.shape, generator=self._generator))
        return self.drawn[-1]


def phase_step(state, noise):
    strategy = state.plan.other_task_at(0)
    return Step(state.plan, state.encoder, state.slots, torch.zeros(()), noise, other_task=strategy)


def test_the_loss_is_that_of_transformers():
    state, noise, batch = tiny_state(tiny_encoder(), {"tapt": {"share": 0.4}}), Recorded(), random_batch(rows=8)
    loss = phase_step(state, noise).loss()(state.weights, batch, None)

    choice, fate, word = noise.drawn
    ids = batch.inputs["input_ids"]
    chosen = (choice < 0.4) & (ids >= FIRST_WORD)
    seen = ids.clone()
    seen[chosen & (fate < 0.8)] = MASK
    other = chosen & (fate >= 0.8) & (fate < 0.9)
    seen[other] = (word * 60).long()[other]
    model = state.encoder.language_model.model
    model.bert.load_state_dict(dict(state.encoder.model.bert.named_parameters()), strict=False)
    expected = 0.0
    for row in range(8):
        if chosen[row].any():
            labels = torch.where(chosen[row], ids[row], -100)
            mask = batch.inputs["attention_mask"][row]
            expected += model(input_ids=seen[None, row], attention_mask=mask[None], labels=labels[None]).loss
    torch.testing.assert_close(loss, expected)


def test_its_steps_leave_alone_what_other_techniques_bring():
    """Without a part in its loss they would only decay."""
    recipe = {"tapt": {"epochs": 1}, "lora": {"dora": True}}
    state = tiny_state(tiny_encoder(), recipe, steps=2, weight_decay=0.5)
    start = {name: weight.clone() for name, weight in state.weights.items()}
    executor = EagerExecutor(state)
    for step in range(state.plan.main_from):
        executor.step(random_batch(seed=step))
    moved = {name for name, weight in state.weights.items() if not torch.equal(weight, start[name])}
    assert any(name.startswith("tapt.") for name in moved)
    assert any(name.startswith("bert.encoder") for name in moved)
    assert not any(name.startswith("lora.") for name in moved)


def test_tokens_meet_the_fates_of_the_paper():
    state = tiny_state(tiny_encoder(max_position_embeddings=512), {"tapt": {}})
    strategy, noise, seen = state.plan.other_task_at(0), Recorded(), {}
    batch = random_batch(rows=64, length=500)
    state.encoder.language_model.logits = lambda weights, inputs: (
        seen.update(inputs) or torch.zeros(*inputs["input_ids"].shape, 60)
    )
    phase_step(state, noise).loss()(state.weights, batch, None)
    ids, shown = batch.inputs["input_ids"], seen["input_ids"]
    words = ids >= FIRST_WORD
    chosen = (noise.drawn[0] < strategy.settings.share) & words
    assert torch.equal(shown[~chosen], ids[~chosen])
    assert chosen.sum() / words.sum() == pytest.approx(0.15, abs=0.01)
    masked, kept = shown[chosen] == MASK, shown[chosen] == ids[chosen]
    assert masked.float().mean() == pytest.approx(0.8 + 0.1 / 60, abs=0.02)
    assert kept.float().mean() == pytest.approx(0.1 + 0.1 / 60, abs=0.02)


def test_in_its_phase_nothing_else_acts_and_the_task_head_rests():
    state = tiny_state(tiny_encoder(dropout=0.1), {"tapt": {"epochs": 1}, "rdrop": {}, "fgm": {}, "l2_sp": {}}, steps=2)
    before = {name: weight.detach().clone() for name, weight in state.weights.items()}
    executor = EagerExecutor(state)
    state.encoder.forward = None  # the task's forward pass is not run
    for step in range(state.plan.main_from):
        executor.step(random_batch(seed=step))
    moved = {name for name, weight in state.weights.items() if not torch.equal(weight, before[name])}
    assert not any(name.startswith(("classifier", "bert.pooler")) for name in moved)
    assert {"bert.embeddings.word_embeddings.weight", "tapt.cls.predictions.transform.dense.weight"} <= moved


def test_its_head_rests_afterwards_and_is_left_out_of_the_model():
    state = tiny_state(tiny_encoder(), {"tapt": {"epochs": 1}}, steps=2)
    executor = EagerExecutor(state)
    for step in range(state.plan.main_from):
        executor.step(random_batch(seed=step))
    after_phase = {name: weight.detach().clone() for name, weight in state.weights.items()}
    executor.step(random_batch(seed=9))
    assert all(torch.equal(state.weights[name], after_phase[name]) for name in after_phase if name.startswith("tapt."))
    assert state.merged(state.weights).keys() == state.encoder.weights.keys()


def test_the_others_start_from_where_it_ends():
    state = tiny_state(tiny_encoder(), {"tapt": {"epochs": 1}, "ema": {}, "l2_sp": {}}, steps=2)
    executor = EagerExecutor(state)
    for step in range(state.plan.main_from):
        executor.step(random_batch(seed=step))
    state.begin_main(list)
    for slots in (state.slots["ema"]["average"], state.slots["l2_sp"]["start"]):
        assert all(torch.equal(tensor, state.weights[name]) for name, tensor in slots.items())


def test_linear_probing_comes_after_it():
    plan = tiny_state(tiny_encoder(), {"lp_ft": {"epochs": 1}, "tapt": {"epochs": 2}}, steps=4).plan
    assert [(phase.strategy.name, phase.first, phase.end) for phase in plan.phases] == [
        ("tapt", 0, 8),
        ("lp_ft", 8, 12),
    ]
    assert plan.restarts == {8, 12}
    assert [plan.other_task_at(step) is not None for step in (0, 7, 8, 12)] == [True, True, False, False]


def test_a_model_without_such_a_head_is_refused():
    with pytest.raises(ModelError, match="head for masked words"):
        tiny_state(Encoder(tiny_encoder().model), {"tapt": {}})
