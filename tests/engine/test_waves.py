"""How many seeds go together, given the memory that is free."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state
from strategies.cases import BY_NAME, CASES

from ftcli.engine import waves
from ftcli.engine.allocations import Allocations
from ftcli.engine.footprint import weight_bytes
from ftcli.engine.stacked import StackedExecutor
from ftcli.engine.waves import seeds_that_fit

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")


@pytest.fixture
def free(monkeypatch):
    """Say how many seeds of a hundred bytes each there is room for."""

    def tell(seeds):
        monkeypatch.setattr(waves, "_seed_bytes", lambda state: 100)
        memory = None if seeds is None else seeds * 100 / waves._SHARE + 1
        monkeypatch.setattr(waves, "free_memory", lambda device: memory)

    return tell


@pytest.mark.parametrize(
    ("wished", "room", "together"),
    [(8, 100, 8), (8, 8, 8), (8, 7, 4), (8, 3, 3), (5, 4, 3), (5, 1, 1), (3, 0, 1), (8, None, 8)],
)
def test_waves_are_as_large_as_memory_allows_and_alike(free, wished, room, together):
    free(room)
    assert seeds_that_fit(SimpleNamespace(device=torch.device("cpu")), wished) == together


def in_step(strategies, batch=random_batch):
    state = tiny_state(tiny_encoder(layers=2, dropout=0.1), strategies)
    state.largest_batch = batch
    return state


def of_many_texts():
    return random_batch(64, 24)


def taken_by_another(strategies, batch=random_batch):
    """The bytes that two seeds take beyond one in two real steps; the model's weights and the best ones lie beside."""
    held = []
    for seeds in (1, 2):
        states = [in_step(strategies, batch) for _ in range(seeds)]
        with Allocations() as allocations:
            executor = StackedExecutor(states)
            for _ in range(2):
                executor.step(seeds * [batch()])
        held.append(allocations.most)
    return held[1] - held[0] + 2 * weight_bytes(states[0])


@pytest.mark.parametrize(
    "strategies",
    [
        {},
        {"swa": {"every": 1}},
        {"freeze": {"layers": 1}},
        {"sam": {}, "pgd": {}},
        {"freeze": {"layers": 2}, "fgm": {}},
    ],
    ids="+".join,
)
def test_a_seed_is_said_to_take_what_it_takes(strategies):
    taken = taken_by_another(strategies, of_many_texts)
    assert taken <= waves._seed_bytes(in_step(strategies, of_many_texts)) < 1.12 * taken


@pytest.mark.parametrize(
    "strategies", [{}, {"sam": {}}, {"freeze": {"layers": 2}, "fgm": {}}, {"smart": {}}], ids="+".join
)
def test_what_fits_is_less_than_what_is_free(monkeypatch, strategies):
    taken = taken_by_another(strategies)
    monkeypatch.setattr(waves, "free_memory", lambda device: 40 * taken)
    found = seeds_that_fit(in_step(strategies), wished=1000)
    assert 24 < found < 40


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_so_it_is_with_every_technique(case):
    state = in_step({case.name: case.options})
    said, taken = waves._seed_bytes(state), taken_by_another({case.name: case.options})
    first, ever = (len(names) for names in (state.plan.moving_at(0) or state.weights, waves._moving(state)))
    assert said > 0.97 * taken
    assert said < 1.03 * taken or first < ever  # more will move than in the steps that were taken


def of_gradient(strategies=None, rows=6, length=7):
    return waves._gradient_bytes(in_step(strategies or {}, lambda: random_batch(rows, length)), None)


def test_the_largest_batch_says_how_much_a_gradient_takes():
    one, twice = of_gradient(rows=60), of_gradient(rows=120)
    assert 1.9 * one < twice < 2.1 * one
    assert of_gradient(rows=60, length=14) > twice  # attention keeps pairs of tokens


def test_two_passes_take_twice_as_much():
    assert of_gradient({"rdrop": BY_NAME["rdrop"].options}, rows=60) > 1.9 * of_gradient(rows=60)


def test_what_rests_takes_less():
    assert of_gradient({"freeze": {"layers": 2}}, rows=60) < 0.9 * of_gradient(rows=60)


def test_who_measures_changes_nothing():
    state = in_step({"smart": {}, "awp": {}, "swa": {}, "child_tuning": BY_NAME["child_tuning"].options})
    kept = [state.weights, *(tensors for slots in state.slots.values() for tensors in slots.values())]
    before = [tensor.clone() for tensors in kept for tensor in tensors.values()]
    waves._seed_bytes(state)
    after = [tensor for tensors in kept for tensor in tensors.values()]
    assert all(torch.equal(*each) for each in zip(before, after, strict=True))
    assert all(weight.grad is None for weight in state.weights.values())


def test_a_seed_that_does_not_fit_by_itself_goes_alone(monkeypatch):
    def run_out(state, other_task):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(waves, "free_memory", lambda device: 1e9)
    monkeypatch.setattr(waves, "_gradient_bytes", run_out)
    assert seeds_that_fit(in_step({}), wished=8) == 1
