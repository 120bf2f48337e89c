"""Models are loaded as ever, without symbolic mathematics; tests/test_compiler.py has a training without it."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from families import FAMILIES, save_family

from ftcli.models import loading
from ftcli.models.meta import WithoutSymbols

TEXTS = ["the cat sat on the mat", "a dog ran in the park"] * 20


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_buffers_and_the_new_head_are_the_same_in_every_family(monkeypatch, tmp_path, family):
    folder = str(save_family(family, tmp_path / "model", TEXTS))
    found = loading.load_pretrained(folder, ["0", "1", "2"], seed=3)
    monkeypatch.setattr(loading, "WithoutSymbols", nullcontext)
    expected = loading.load_pretrained(folder, ["0", "1", "2"], seed=3)
    for kind in ("named_parameters", "named_buffers"):
        named = dict(getattr(found, kind)())
        for name, tensor in getattr(expected, kind)():
            assert torch.equal(named.pop(name), tensor)
        assert not named


def test_what_is_made_elsewhere_is_made_as_ever():
    with WithoutSymbols():
        assert torch.arange(3).tolist() == [0, 1, 2]
        assert torch.arange(3.0, requires_grad=True).is_leaf
        assert torch.empty_like(input=torch.ones(2, 3)).shape == (2, 3)
        torch.manual_seed(0)
        drawn = torch.nn.Linear(2, 2).weight
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.nn.Linear(2, 2).weight)


TURNED = torch.ones(2, 3, dtype=torch.int8, device="meta").t()
CALLS = {
    "in order": lambda: torch.empty_like(TURNED.contiguous()),
    "another type": lambda: torch.empty_like(TURNED.contiguous(), dtype=torch.float64),
    "a type left open": lambda: torch.empty_like(TURNED.contiguous(), dtype=None),
    "on a processor": lambda: torch.empty_like(TURNED.contiguous(), device="cpu"),
    "a device left open": lambda: torch.empty_like(TURNED.contiguous(), device=None),
    "in the same order": lambda: torch.empty_like(TURNED),
    "in an order that is told": lambda: torch.empty_like(TURNED, memory_format=torch.preserve_format),
    "counted": lambda: torch.arange(2, 8, 3, device="meta"),
    "counted in another type": lambda: torch.arange(4, dtype=torch.int16, device="meta"),
    "with a gradient": lambda: torch.arange(4.0, device="meta", requires_grad=True),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_made_without_numbers_is_laid_out_as_ever(call):
    expected = CALLS[call]()
    with WithoutSymbols():
        found = CALLS[call]()
    for what in ("shape", "dtype", "device", "requires_grad", "is_leaf"):
        assert getattr(found, what) == getattr(expected, what)
    assert found.stride() == expected.stride()
