"""How many seeds go together, given the memory that is free."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan, tiny_state
from strategies.cases import BY_NAME, CASES
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ftcli.engine import waves
from ftcli.engine.footprint import weight_bytes
from ftcli.engine.stacked import StackedExecutor
from ftcli.engine.state import TrainState
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


def kept_by(length=7, rows=6, strategies=None):
    encoder = tiny_encoder(dropout=0.1)
    plan = tiny_plan(encoder, strategies)
    state = TrainState(plan, encoder, largest_batch=lambda: random_batch(rows, length))
    return waves._kept_bytes(state, None)


def test_what_a_seed_takes_grows_with_its_largest_batch():
    one, twice = kept_by(rows=6), kept_by(rows=12)
    assert 1.9 * one < twice < 2.1 * one
    assert kept_by(length=14) > twice  # attention keeps pairs of tokens


def test_two_passes_keep_twice_as_much():
    assert kept_by(strategies={"rdrop": BY_NAME["rdrop"].options}) > 1.9 * kept_by()


def test_what_rests_keeps_less():
    assert kept_by(strategies={"freeze": {"layers": 2}}) < kept_by()


def test_nothing_of_what_is_kept_is_left_out():
    """Of a product each factor that is no weight is kept, of [6, 7, 16] inputs for each of three in three blocks."""
    assert kept_by() > 3 * 3 * 6 * 7 * 16 * torch.get_default_dtype().itemsize


class Held(TorchDispatchMode):
    """Notes the ``most`` bytes that the tensors made in it took at a time."""

    def __init__(self):
        super().__init__()
        self._sizes, self._sum, self.most = {}, 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        for each in tree_leaves(found):
            if isinstance(each, torch.Tensor):
                self._note(each.untyped_storage())
        return found

    def _note(self, storage):
        place = StorageWeakRef(storage)
        if place in self._sizes:
            return
        self._sizes[place] = storage.nbytes()
        self._sum += storage.nbytes()
        if self._sum > self.most:
            self._sizes = {place: size for place, size in self._sizes.items() if not place.expired()}
            self._sum = sum(self._sizes.values())
            self.most = max(self.most, self._sum)


def in_step(strategies):
    state = tiny_state(tiny_encoder(layers=2, dropout=0.1), strategies)
    state.largest_batch = random_batch
    return state


def taken_by_another(strategies):
    """The bytes that two seeds take beyond one in two real steps; the model's weights and the best ones lie beside."""
    held = []
    for seeds in (1, 2):
        states = [in_step(strategies) for _ in range(seeds)]
        with Held() as noted:
            executor = StackedExecutor(states)
            for _ in range(2):
                executor.step(seeds * [random_batch()])
        held.append(noted.most)
    return held[1] - held[0] + 2 * weight_bytes(states[0])


@pytest.mark.parametrize("strategies", [{}, {"swa": {"every": 1}}, {"freeze": {"layers": 1}}], ids="+".join)
def test_a_seed_is_said_to_take_what_it_takes(strategies):
    taken = taken_by_another(strategies)
    assert taken <= waves._seed_bytes(in_step(strategies)) < 1.12 * taken


@pytest.mark.parametrize(
    "strategies", [{}, {"sam": {}}, {"freeze": {"layers": 2}, "fgm": {}}, {"smart": {}}], ids="+".join
)
def test_what_fits_is_less_than_what_is_free(monkeypatch, strategies):
    taken = taken_by_another(strategies)
    monkeypatch.setattr(waves, "free_memory", lambda device: 40 * taken)
    found = seeds_that_fit(in_step(strategies), wished=1000)
    assert 24 < found < 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_of_every_technique_it_is_known_what_a_seed_takes(case):
    state = in_step({case.name: case.options})
    assert waves._seed_bytes(state) > 2 * weight_bytes(state)
