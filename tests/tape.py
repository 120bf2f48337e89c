"""A stand-in for CUDA graphs where there is no GPU: operations of torch, recorded with their tensors and done again.

As with a graph, every operation finds and leaves its numbers in the memory that it had when it was recorded, what
Python decided then is decided for good, and nothing may wait for a number. As with a graph, recording does nothing.
"""

from __future__ import annotations

from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
WAITING = {aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten.equal, aten.lift_fresh, aten._unique2}
"""What reads numbers on the processor, or whose outcome has a shape that depends on them, or comes from Python."""


class WaitsError(Exception):
    """A step can't be recorded as a CUDA graph."""


class Tape(TorchDispatchMode):
    """Recorded work."""

    def __init__(self, work, generators):
        super().__init__()
        self._calls: list[tuple[Any, Any, Any, Any]] = []
        self._before: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}
        self._own: set[int] = set()
        states = [generator.get_state() for generator in generators]
        # transformers asks whether a graph is being captured, and then does not look into masks.
        with mock.patch("transformers.utils.import_utils.is_cuda_stream_capturing", return_value=True), self:
            work()
        for storage, copy in self._before.values():
            storage.copy_(copy)
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func.overloadpacket in WAITING or (func is aten.index.Tensor and _asks_for_some(args[1])):
            raise WaitsError(str(func))
        given = tensors_of((args, kwargs))
        if func._schema.is_mutable:
            for tensor in given:
                self._keep(tensor)
        found = func(*args, **kwargs)
        memory = {place(tensor) for tensor in given}
        self._own |= {place(tensor) for tensor in tensors_of(found)} - memory
        self._calls.append((func, args, kwargs, found))
        return found

    def replay(self):
        """Do it once more, on the same tensors."""
        with torch.no_grad():
            for func, args, kwargs, found in self._calls:
                memory = {place(tensor) for tensor in tensors_of((args, kwargs))}
                for old, new in zip(tensors_of(found), tensors_of(func(*args, **kwargs)), strict=True):
                    if place(old) not in memory:
                        old.copy_(new)

    def _keep(self, tensor):
        if place(tensor) not in self._own:
            storage = tensor.untyped_storage()
            self._before.setdefault(place(tensor), (storage, storage.clone()))


class Tapes:
    """Records as CUDA graphs do."""

    def record(self, work, generators):
        return Tape(work, generators)


def tensors_of(values):
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


def place(tensor):
    return tensor.untyped_storage().data_ptr()


def _asks_for_some(indices):
    return any(index is not None and index.dtype == torch.bool for index in indices)
