"""Query, key and value computed by one product of matrices in place of three.

On a GPU a product for a batch of short texts takes hardly less time than one that is three times as wide, and so do
those that go back through it. The numbers are the same up to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from ftcli.models.first_token import is_narrow
from ftcli.models.linear import Linear, linear

_TOGETHER = (("query", "key", "value"), ("q_lin", "k_lin", "v_lin"))
"""What linear layers are called that are given the same input, one after the other."""


def join_products(model: nn.Module, on: bool = True) -> None:
    """Have the layers that are given the same input compute their products together, or each for itself again.

    Weights of several seeds, stacked, are better left apart: joined and parted again they take turns in memory.
    """
    for layer in model.modules():
        if "product" in vars(layer):
            del vars(layer)["product"]
            layer.__class__ = Linear
    for layers in _given_the_same(model) if on else ():
        product = _Product(layers)
        for layer in layers:
            layer.__class__ = _Joined
            vars(layer)["product"] = product


def _given_the_same(model: nn.Module) -> Iterator[Sequence[nn.Linear]]:
    narrow = {part for block in model.modules() if is_narrow(block) for part in block.modules()}
    for module in model.modules():
        for names in _TOGETHER:
            named = [getattr(module, name, None) for name in names]
            layers = [layer for layer in named if isinstance(layer, nn.Linear) and type(layer) in (nn.Linear, Linear)]
            if len(layers) == len(names):
                yield layers[1:] if module in narrow else layers  # its query is given the first token alone


class _Product:
    """Computes a layer's product with those of the layers called after it, and keeps theirs until they are called."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        self._layers = list(layers)
        self._input: Tensor | None = None
        self._waiting: dict[nn.Linear, Tensor] = {}

    def of(self, layer: nn.Linear, input: Tensor) -> Tensor:
        if input is not self._input or layer not in self._waiting:
            self._compute(self._layers[self._layers.index(layer) :], input)
        found = self._waiting.pop(layer)
        if not self._waiting:
            self._input = None
        return found

    def _compute(self, layers: Sequence[nn.Linear], input: Tensor) -> None:
        weights: list[Tensor] = [layer.weight for layer in layers]
        biases: list[Tensor] = [layer.bias for layer in layers if layer.bias is not None]
        products = linear(input, torch.cat(weights), torch.cat(biases) if biases else None)
        parts = torch.split(products, [len(weight) for weight in weights], -1)
        self._input, self._waiting = input, dict(zip(layers, parts, strict=True))


class _Joined(Linear):
    product: _Product

    def forward(self, input: Tensor) -> Tensor:
        return self.product.of(self, input)
