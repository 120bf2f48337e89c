"""What a checkpoint takes of the tensors that are there: the tensors themselves, wherever a file can take them."""

from __future__ import annotations

import torch
from safetensors.torch import load_file, save_file

from ftcli.engine.checkpoint import _apart


def test_tensors_are_copied_only_where_they_share_memory_or_lie_in_another_order(tmp_path):
    whole, stack = torch.randn(3, 4), torch.randn(2, 5)
    given = {
        "whole": whole,
        "again": whole,
        "slice": stack[1],
        "turned": torch.randn(4, 3).t(),
        "number": torch.tensor(2.0),
        "nothing": torch.empty(0),
    }
    found = _apart(given.items())
    assert {name for name in given if found[name].data_ptr() == given[name].data_ptr()} >= {"whole", "number"}
    assert len({tensor.data_ptr() for name, tensor in found.items() if name != "nothing"}) == len(given) - 1
    save_file(found, tmp_path / "state.safetensors")
    for name, tensor in load_file(tmp_path / "state.safetensors").items():
        assert torch.equal(tensor, given[name])
