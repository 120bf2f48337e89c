"""What the steps of a training measure, from one entry in its log to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ftcli.recipes.functions import Tensors


class Measured:
    """The measures of the steps that no entry has told of yet, each 0-dim; all steps measure the same.

    On a processor the numbers alone are kept: a tensor of one number that stays lies where a large one was freed, and
    the next large one, which does not fit there any more, takes new memory. Elsewhere to read a number means to wait
    for it, so that it is read once an entry; ``reads`` says which it is.
    """

    def __init__(self, device: torch.device, steps: Sequence[Tensors] = ()) -> None:
        self.reads = device.type == "cpu"
        self._steps: list[dict[str, Tensor | float]] = []
        for measures in steps:
            self.add(measures)

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, measures: Tensors) -> None:
        """Keep what one more step has measured."""
        self._steps.append({name: value.item() if self.reads else value for name, value in measures.items()})

    def last(self, steps: int, name: str) -> list[float]:
        """Return what the last ``steps`` of them measured under this name."""
        found = [each[name] for each in self._steps[len(self) - steps :]]
        return [float(each) for each in found] if self.reads else _stacked(found).tolist()

    def means(self) -> dict[str, float]:
        """Return the mean of each measure."""
        means = {name: _stacked(each[name] for each in self._steps).mean() for name in self._steps[0]}
        return {name: mean.item() for name, mean in means.items()}

    def export(self) -> list[Tensors]:
        """Return each step's measures."""
        return [{name: torch.as_tensor(value) for name, value in each.items()} for each in self._steps]

    def clear(self) -> None:
        """Forget all, once an entry has told of it."""
        self._steps.clear()


def _stacked(values: Iterable[Tensor | float]) -> Tensor:
    return torch.stack([torch.as_tensor(value) for value in values])
