"""How many seeds go together, given the memory that is free."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan
from strategies.cases import BY_NAME

from ftcli.engine import waves
from ftcli.engine.state import TrainState
from ftcli.engine.waves import seeds_that_fit


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
