"""How much memory the tensors take that a computation makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Allocations(TorchDispatchMode):
    """Notes the ``most`` bytes that tensors made inside take at a time; what was there before does not count.

    Nor does what an operation takes for itself until it returns.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.most = 0
        self._made: dict[StorageWeakRef, int] = {}
        self._sum = 0

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Carry out an operation, and note what it has made."""
        found = func(*args, **(kwargs or {}))
        given = _storages((args, kwargs))
        for place, size in _storages(found).items():
            if place not in given and place not in self._made:  # neither a view nor computed in place
                self._note(place, size)
        return found

    def _note(self, place: StorageWeakRef, size: int) -> None:
        self._made[place] = size
        self._sum += size
        if self._sum > self.most:
            self._made = {place: size for place, size in self._made.items() if not place.expired()}  # type: ignore[no-untyped-call]
            self._sum = sum(self._made.values())
            self.most = max(self.most, self._sum)


def _storages(tree: Any) -> dict[StorageWeakRef, int]:
    """Return where the tensors of a tree lie, and how many bytes there are."""
    found = [leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]
    return {StorageWeakRef(storage): storage.nbytes() for storage in found}  # type: ignore[no-untyped-call]
