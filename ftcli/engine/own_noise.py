"""Random numbers inside ``torch.vmap``, for each seed from a generator of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from torch.overrides import TorchFunctionMode

from ftcli.models.dropout import mask_of, random_bits

Draw = Callable[[Tensor, Generator], Tensor]
"""(a tensor to fill, where from) -> what is drawn."""
DrawAt = Callable[[list[int]], Tensor]
"""Draws for the seeds at these places, stacked."""

_BLOCK = 2**19
"""Numbers of 16 bits that a GPU draws at once for the dropout of a seed, since each draw is a kernel of its own."""


class OwnNoise(TorchFunctionMode):
    """Gives each seed what it would draw alone, whatever seeds go with it; while entered, to the model's dropout too.

    ``place`` is what ``torch.vmap`` maps over to tell the seeds apart, 0-dim inside of it: the number of a generator.
    """

    def __init__(self, place: Tensor, generators: Sequence[Generator]) -> None:
        super().__init__()
        self._place = place
        self._generators = generators
        self._left: Tensor | None = None

    def bernoulli(self, like: Tensor, probability: float) -> Tensor:
        """Draw zeros and ones."""
        return self._drawn(like, lambda fresh, own: torch.bernoulli(fresh.fill_(probability), generator=own))

    def uniform(self, like: Tensor) -> Tensor:
        """Draw numbers from 0 to 1."""
        return self._drawn(like, lambda fresh, own: fresh.uniform_(generator=own))

    def normal(self, like: Tensor) -> Tensor:
        """Draw from the standard normal distribution."""
        return self._drawn(like, lambda fresh, own: fresh.normal_(generator=own))

    def _dropout(self, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        if not training or p == 0:
            return input
        shape, dtype, device = input.shape, input.dtype, input.device
        return input * self._at_places(lambda places: mask_of(self._bits(places, shape, device), p, dtype))

    def _bits(self, places: list[int], shape: torch.Size, device: torch.device) -> Tensor:
        """Return random numbers of 16 bits for the seeds at these places, [S, *shape]."""
        count = shape.numel()
        by_block = device.type != "cpu"
        if self._left is None or self._left.shape[1] < count or not by_block:
            most = max(count, _BLOCK) if by_block else count
            numbers = torch.empty(len(places), (most + 3) // 4, dtype=torch.int64, device=device)
            for own, place in zip(numbers, places, strict=True):
                random_bits(own, self._generators[place])
            self._left = numbers.view(torch.int16)
        found, self._left = self._left[:, :count], self._left[:, count:]
        return found.view(len(places), *shape)

    def _drawn(self, like: Tensor, draw: Draw) -> Tensor:
        shape, dtype, device = like.shape, like.dtype, like.device

        def draw_at(places: list[int]) -> Tensor:
            fresh = (torch.empty(shape, dtype=dtype, device=device) for _ in places)
            return torch.stack([draw(each, self._generators[place]) for each, place in zip(fresh, places, strict=True)])

        return self._at_places(draw_at)

    def _at_places(self, draw_at: DrawAt) -> Tensor:
        drawn: Tensor = _OnePerSeed.apply(self._place, draw_at)  # type: ignore[no-untyped-call]
        return drawn

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take the place of torch's dropout; all other functions are left as they are."""
        return (self._dropout if func is F.dropout else func)(*args, **(kwargs or {}))


class _OnePerSeed(torch.autograd.Function):
    """What is drawn outside of the map comes in as the part of each seed."""

    @staticmethod
    def forward(place: Tensor, draw_at: DrawAt) -> Tensor:
        raise AssertionError("only to be called inside torch.vmap")

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """There is nothing to keep."""

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[None, None]:
        return None, None

    @staticmethod
    def vmap(info: Any, in_dims: Any, place: Tensor, draw_at: DrawAt) -> tuple[Tensor, int]:
        return draw_at(place.tolist()), 0
