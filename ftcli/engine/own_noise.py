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

_NUMBERS, _MASKS = 2**21, 2**19
"""How many numbers of 16 bits a GPU draws at once for a seed, and makes masks of: each time is a kernel of its own."""


class OwnNoise(TorchFunctionMode):
    """Gives each seed what it would draw alone, whatever seeds go with it; while entered, to the model's dropout too.

    ``place`` is what ``torch.vmap`` maps over to tell the seeds apart, 0-dim inside of it: the number of a generator.
    """

    def __init__(self, place: Tensor, generators: Sequence[Generator]) -> None:
        super().__init__()
        self._place = place
        self._generators = generators
        self._numbers = _Supply(_NUMBERS)
        self._masks: dict[tuple[float, torch.dtype], _Supply] = {}

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

        def mask_at(places: list[int]) -> Tensor:
            return self._mask(places, shape.numel(), p, dtype, device).view(len(places), *shape)

        return input * self._at_places(mask_at)

    def _mask(self, places: list[int], count: int, rate: float, dtype: torch.dtype, device: torch.device) -> Tensor:
        """Return what the seeds at these places multiply by, [S, count]."""
        supply = self._masks.setdefault((rate, dtype), _Supply(_MASKS))
        return supply.take(count, device, lambda many: mask_of(self._bits(places, many, device), rate, dtype))

    def _bits(self, places: list[int], count: int, device: torch.device) -> Tensor:
        """Return random numbers of 16 bits for the seeds at these places, [S, count]."""

        def drawn(many: int) -> Tensor:
            numbers = torch.empty(len(places), (many + 3) // 4, dtype=torch.int64, device=device)
            for own, place in zip(numbers, places, strict=True):
                random_bits(own, self._generators[place])
            return numbers.view(torch.int16)

        return self._numbers.take(count, device, drawn)

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


class _Supply:
    """Numbers for each seed, [S, N], of which a GPU makes ``block`` at once, and more where too few are left."""

    def __init__(self, block: int) -> None:
        self._block = block
        self._left: Tensor | None = None

    def take(self, count: int, device: torch.device, make: Callable[[int], Tensor]) -> Tensor:
        """Return the next ``count`` of each seed, [S, count]; ``make`` returns that many or a few more."""
        if device.type == "cpu":
            return make(count)[:, :count]
        if self._left is None or self._left.shape[1] < count:
            self._left = make(max(count, self._block))
        found, self._left = self._left[:, :count], self._left[:, count:]
        return found


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
