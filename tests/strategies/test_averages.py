"""SWA and EMA, against torch's own swa_utils, and LAWA."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan
from torch.optim.swa_utils import AveragedModel

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.state import TrainState
from ftcli.recipes.context import Scope
from ftcli.recipes.discovery import find_strategy


def trained(strategies, steps, **settings):
    """Train, and return the executor and a copy of the weights after each step."""
    encoder = tiny_encoder()
    executor = EagerExecutor(TrainState(tiny_plan(encoder, strategies, steps=steps, **settings), encoder))
    history = []
    for step in range(steps):
        executor.step(random_batch(seed=step))
        history.append({name: weight.detach().clone() for name, weight in executor.state.weights.items()})
    return executor, history


def assert_close(found, expected):
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, rtol=1e-5, atol=1e-6)


def test_swa_is_the_mean_of_the_weights_it_took():
    executor, history = trained({"swa": {"start": 0.5, "every": 2}}, 8)
    taken = [history[5], history[7]]  # from step 4 on, every second one, the last always among them
    expected = {name: torch.stack([each[name] for each in taken]).mean(0) for name in taken[0]}
    assert_close(executor.state.final_weights(), expected)


def test_swa_agrees_with_torch():
    executor, history = trained({"swa": {"start": 0.0, "every": 1}}, 6)
    model = tiny_encoder().model
    theirs = AveragedModel(model)
    for weights in history:
        model.load_state_dict(weights, strict=False)
        theirs.update_parameters(model)
    assert_close(executor.state.final_weights(), dict(theirs.module.named_parameters()))


def test_before_its_start_swa_has_no_weights_of_its_own():
    encoder = tiny_encoder()
    executor = EagerExecutor(TrainState(tiny_plan(encoder, {"swa": {"start": 0.5}}, steps=4), encoder))
    executor.step(random_batch())
    assert executor.state.final_weights() is None


def test_the_swa_rate_is_constant_from_the_start_on():
    plan = tiny_plan(tiny_encoder(), {"swa": {"start": 0.5, "lr": 2e-3}, "layerwise_lrd": {"decay": 0.5}}, steps=10)
    without = tiny_plan(tiny_encoder(), {"layerwise_lrd": {"decay": 0.5}}, steps=10)
    assert torch.equal(plan.rates[:5], without.rates[:5])
    assert plan.rates[5:].unique().tolist() == [2e-3]


def test_by_default_each_layer_keeps_the_rate_it_has_then():
    plan = tiny_plan(tiny_encoder(), {"swa": {"start": 0.5}, "layerwise_lrd": {"decay": 0.5}}, steps=10)
    without = tiny_plan(tiny_encoder(), {"layerwise_lrd": {"decay": 0.5}}, steps=10)
    assert torch.equal(plan.rates[5:], without.rates[5].repeat(5, 1))


def test_ema_follows_its_formula():
    executor, history = trained({"ema": {"decay": 0.6}}, 9)
    average = {name: weight.detach().clone() for name, weight in tiny_encoder().weights.items()}
    for step, weights in enumerate(history):
        decay = min(0.6, (1 + step) / (10 + step))
        average = {name: decay * average[name] + (1 - decay) * weights[name] for name in weights}
    assert_close(executor.state.final_weights(), average)


@pytest.mark.parametrize("name", ["swa", "ema"])
def test_the_weights_themselves_are_not_touched(name):
    kind = find_strategy(name)
    encoder = tiny_encoder()
    weights = encoder.weights
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    strategy = kind(kind.Settings())
    plan = tiny_plan(encoder, {name: {}})
    with torch.no_grad():
        scope = Scope(strategy.slots(weights, encoder), torch.zeros(()), None, encoder, plan.context)
        strategy.after_update(weights, scope)
    assert all(torch.equal(before[name], weight) for name, weight in weights.items())


def test_lawa_is_the_mean_of_the_latest_weights():
    executor, history = trained({"lawa": {"last": 3, "every": 2}}, 9)
    latest = [history[4], history[6], history[8]]
    assert_close(
        executor.state.final_weights(),
        {name: torch.stack([each[name] for each in latest]).mean(0) for name in latest[0]},
    )
