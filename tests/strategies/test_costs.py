"""What strategies say they cost, against what they do: passes counted in examples forwarded, copies in numbers kept."""

from __future__ import annotations

import pytest
from builders import random_batch, tiny_encoder, tiny_state
from strategies.cases import BY_NAME, CASES

from ftcli.engine.eager import EagerExecutor

ROWS = 6
HELD_WITHIN_A_STEP = {"sam", "awp", "freelb"}
"""Their copies live from the first pass of a step to its end."""


def state_of(name):
    return tiny_state(tiny_encoder(), {name: BY_NAME[name].options}, batches=[random_batch()])


def cost_of(state, name):
    return next(strategy.cost() for strategy in state.plan.recipe if strategy.name == name)


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_passes_of_a_step(name, monkeypatch):
    state = state_of(name)
    forwarded = []
    inner = state.encoder.forward
    monkeypatch.setattr(
        state.encoder,
        "forward",
        lambda weights, inputs, delta=None: (
            forwarded.append(len(inputs["attention_mask"])) or inner(weights, inputs, delta)
        ),
    )
    executor = EagerExecutor(state)
    for _ in range(state.plan.main_from):
        executor.step(random_batch(rows=ROWS))
    forwarded.clear()
    executor.step(random_batch(rows=ROWS))
    assert sum(forwarded) == ROWS * cost_of(state, name).passes


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_epochs_before_the_main_steps(name):
    plan = state_of(name).plan
    assert plan.main_from == cost_of(state_of(name), name).epochs * plan.context.steps_per_epoch


def test_the_driven_child_takes_an_epoch_to_look_over_the_data(monkeypatch):
    encoder, seen, batches = tiny_encoder(), [], [random_batch(rows=ROWS), random_batch(rows=ROWS, seed=1)]
    inner = encoder.forward
    monkeypatch.setattr(
        encoder, "forward", lambda weights, inputs, delta=None: seen.append(inputs) or inner(weights, inputs, delta)
    )
    state = tiny_state(encoder, {"child_tuning": {"driven": True}}, batches=batches)
    assert len(seen) == cost_of(state, "child_tuning").epochs * len(batches)


@pytest.mark.parametrize("name", [case.name for case in CASES if case.name not in HELD_WITHIN_A_STEP])
def test_the_copies_kept_from_step_to_step(name):
    state = state_of(name)
    kept = sum(tensor.numel() for kind in state.slots[name].values() for tensor in kind.values())
    weights = sum(weight.numel() for weight in state.encoder.weights.values())
    assert kept / weights == pytest.approx(cost_of(state, name).copies, abs=0.35)
