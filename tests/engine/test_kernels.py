"""The kernels for a device take the steps that torch's plain ones take, for every strategy: here on the processor."""

from __future__ import annotations

import pytest
import torch
from strategies.cases import CASES
from test_stacked import assert_alike, drawing_alone, state_of, trained_alone, trained_together

from ftcli.models.kernels import fit_kernels
from ftcli.models.linear import Linear

SEEDS = (1, 2)

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")


@pytest.fixture(autouse=True)
def _fast(double_precision, monkeypatch):
    """``Linear`` is to take the type for one that a GPU multiplies fast."""
    monkeypatch.setattr("ftcli.models.linear._FAST", (torch.float64,))


def gpu_state_of(seed, strategies):
    state = state_of(seed, strategies)
    models = [state.encoder.model]
    if "tapt" in strategies:
        models.append(state.encoder.language_model.model)
    for model in models:
        fit_kernels(model, "cuda")
        assert any(isinstance(module, Linear) for module in model.modules())
    return state


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_seed(case):
    strategies = {case.name: case.options}
    expected, measured = trained_alone(1, strategies)
    found, again = trained_alone(1, strategies, gpu_state_of)
    assert_alike(found.weights, expected.weights)
    for one, other in zip(again, measured, strict=True):
        assert_alike(one, other)


@pytest.mark.slow  # a second each
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_several_seeds(case):
    strategies = {case.name: case.options}
    states, _ = trained_together(SEEDS, strategies, make=gpu_state_of)
    for state, seed in zip(states, SEEDS, strict=True):
        expected, _ = trained_alone(seed, strategies)
        assert_alike(state.weights, expected.weights)


@pytest.mark.slow  # under every strategy
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_blocks_computed_twice_with_dropout(case):
    strategies = {case.name: case.options}
    expected, measured = drawing_alone(1, strategies)
    found, again = drawing_alone(1, strategies, recomputed=True)
    for name, weight in expected.weights.items():
        assert torch.equal(found.weights[name], weight), name
    assert [each["loss"] for each in again] == [each["loss"] for each in measured]
