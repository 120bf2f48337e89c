"""The eager executor against plain loops written with torch alone."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.state import TrainState
from ftcli.engine.step import Step, TorchNoise


def trained(steps=5, dropout=0.0, batch=random_batch, **settings):
    encoder = tiny_encoder(dropout=dropout)
    executor = EagerExecutor(TrainState(tiny_plan(encoder, steps=steps, **settings), encoder))
    torch.manual_seed(9)
    measures = [executor.step(batch(seed=step)) for step in range(steps)]
    return executor, measures


def reference(steps=5, *, lr=1e-2, weight_decay=0.01, warmup=0, max_norm=1.0):
    """AdamW with clipping and a linear schedule, as one would write it with torch and transformers."""
    from transformers import get_linear_schedule_with_warmup

    model = tiny_encoder().model
    decayed = [p for n, p in model.named_parameters() if not (n.endswith("bias") or "LayerNorm" in n)]
    spared = [p for n, p in model.named_parameters() if n.endswith("bias") or "LayerNorm" in n]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": weight_decay}, {"params": spared, "weight_decay": 0.0}], lr=lr
    )
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, steps)
    for step in range(steps):
        batch = random_batch(seed=step)
        model(**batch.inputs, labels=batch.labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return dict(model.named_parameters())


def assert_same(found, expected, rtol=1e-4, atol=1e-5):
    for name, weight in expected.items():
        if not name.endswith("key.bias"):  # its true gradient is 0, and Adam blows up the rounding
            torch.testing.assert_close(found[name], weight, rtol=rtol, atol=atol)


def test_the_baseline_is_adamw_with_linear_decay_and_clipping():
    executor, _ = trained(warmup=0.0)
    assert_same(executor.state.weights, reference())


def test_a_model_s_own_weights_are_not_put_in_their_places_anew(monkeypatch):
    put = []
    monkeypatch.setattr("ftcli.models.encoder.functional_call", lambda *_, **__: put.append(1))
    trained()
    assert put == []


def test_every_parameter_is_trained_the_head_among_them():
    executor, _ = trained()
    start = tiny_encoder().weights
    still = [name for name, weight in executor.state.weights.items() if torch.equal(weight, start[name])]
    assert still == []


def test_small_gradients_are_not_enlarged():
    assert_same(trained(max_grad_norm=1e6, warmup=0.0)[0].state.weights, reference(max_norm=1e6))


@pytest.mark.parametrize("micro_batch", [1, 2, 4, 5])
@pytest.mark.parametrize("strategies", [{}, {"rdrop": {}}, {"fgm": {}}], ids=["baseline", "rdrop", "fgm"])
def test_accumulated_gradients_equal_those_of_the_larger_batch(micro_batch, strategies):
    torch.set_default_dtype(torch.float64)
    try:
        encoder, batch = tiny_encoder(), random_batch(rows=6)
        plan = tiny_plan(encoder, strategies)
        step = Step(plan, encoder, {each.name: {} for each in plan.recipe}, torch.zeros(()), TorchNoise())
        at_once, in_parts = (
            step.gradient(by_autograd(step.loss(), rows))(encoder.weights, batch) for rows in (6, micro_batch)
        )
    finally:
        torch.set_default_dtype(torch.float32)
    for name, gradient in at_once.weights.items():
        torch.testing.assert_close(in_parts.weights[name], gradient, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(in_parts.measures["loss"], at_once.measures["loss"])


def test_a_step_takes_batch_size_times_accumulation_examples():
    seen = []
    encoder = tiny_encoder()
    inner = encoder.forward
    encoder.forward = lambda weights, inputs, delta: (
        seen.append(len(inputs["input_ids"])) or inner(weights, inputs, delta)
    )
    executor = EagerExecutor(TrainState(tiny_plan(encoder, batch_size=2), encoder))
    executor.step(random_batch(rows=6))
    assert seen == [2, 2, 2]


def test_the_same_seed_gives_the_same_bits():
    first, second = (trained(dropout=0.1)[0].state.weights for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
