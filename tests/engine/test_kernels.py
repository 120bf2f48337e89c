"""The kernels for a GPU take the steps that torch's plain ones take, for every strategy: here on the processor."""

from __future__ import annotations

import pytest
import torch
from strategies.cases import CASES
from test_stacked import FixedNoise, assert_alike, batch_of, state_of

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.stacked import StackedExecutor
from ftcli.models.kernels import fit_kernels
from ftcli.models.linear import Linear

SEEDS = (1, 2)

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")


@pytest.fixture(autouse=True)
def _double_precision(monkeypatch):
    """In which differences show; ``Linear`` is to take it for a type that a GPU multiplies fast."""
    monkeypatch.setattr("ftcli.models.linear._FAST", (torch.float64,))
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def gpu_state_of(seed, strategies):
    state = state_of(seed, strategies)
    models = [state.encoder.model]
    if "tapt" in strategies:
        models.append(state.encoder.language_model.model)
    for model in models:
        fit_kernels(model, "cuda")
        assert any(isinstance(module, Linear) for module in model.modules())
    return state


def trained(state, seed):
    executor = EagerExecutor(state, FixedNoise())
    measured = [executor.step(batch_of(seed, step)) for step in range(state.plan.steps)]
    return state.weights, measured


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_seed(case):
    strategies = {case.name: case.options}
    expected, measured = trained(state_of(1, strategies), 1)
    found, again = trained(gpu_state_of(1, strategies), 1)
    assert_alike(found, expected)
    for one, other in zip(again, measured, strict=True):
        assert_alike(one, other)


@pytest.mark.slow  # a second each
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_several_seeds(case):
    strategies = {case.name: case.options}
    states = [gpu_state_of(seed, strategies) for seed in SEEDS]
    executor = StackedExecutor(states, FixedNoise())
    for step in range(executor.plan.steps):
        executor.step([batch_of(seed, step) for seed in SEEDS])
    for state, seed in zip(states, SEEDS, strict=True):
        expected, _ = trained(state_of(seed, strategies), seed)
        assert_alike(state.weights, expected)
