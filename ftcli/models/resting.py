"""The lowest blocks of a model, where they are never trained: they can be passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


class RestingBlocks:
    """Lets a forward pass start above these blocks, from what they have made of the same tokens before.

    ``modules`` are all that rests, blocks and embeddings. A block returns the hidden states, in some families as the
    first of a tuple.
    """

    def __init__(self, modules: Sequence[nn.Module], blocks: Sequence[nn.Module], keep_activations: bool) -> None:
        self.keep_activations = keep_activations
        self._modules = modules
        self._given: Tensor | None = None
        self._output: Any = None
        for block in blocks:
            self._make_passable(block)

    def eval(self) -> None:
        """Switch dropout off."""
        for module in self._modules:
            module.eval()

    @property
    def last_output(self) -> Tensor:
        """The hidden states that the highest of the blocks gave last, [B, T, width]."""
        hidden: Tensor = self._output[0] if isinstance(self._output, tuple) else self._output
        self._output = (None, *self._output[1:]) if isinstance(self._output, tuple) else None
        return hidden

    @contextmanager
    def passed_over(self, hidden: Tensor) -> Iterator[None]:
        """Have the blocks return these hidden states, [B, T, width], whatever they are given."""
        self._given = hidden
        try:
            yield
        finally:
            self._given = None

    def _make_passable(self, block: Any) -> None:
        inner = block.forward

        def forward(*arguments: Any, **options: Any) -> Any:
            if self._given is None:
                self._output = inner(*arguments, **options)
                return self._output
            return (self._given, *self._output[1:]) if isinstance(self._output, tuple) else self._given

        block.forward = forward
