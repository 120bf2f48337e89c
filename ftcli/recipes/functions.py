"""The functions that a training step is made of, and the tensors that pass between them.

Needs no torch at run time: a strategy's file, and so the command line's help, can import it for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

Tensors = dict[str, "Tensor"]


class Batch(NamedTuple):
    """A batch of B examples, padded to T tokens.

    ``inputs`` holds the model's own arguments (``input_ids`` and the like, int64 [B, T]; ``attention_mask``);
    ``labels`` is [B]: class numbers or target values; ``present`` [B] is 1, and 0 for rows that only fill up.
    """

    inputs: Tensors
    labels: Tensor
    present: Tensor


class Outputs(NamedTuple):
    """What the model makes of a batch: ``logits`` [B, classes], or [B, 1] for a regression."""

    logits: Tensor


class Gradients(NamedTuple):
    """Gradients of the batch's mean loss, and what was measured on the way (0-dim tensors, ``loss`` first).

    ``delta`` is the gradient with respect to the shift of the embeddings [B, T, width], where asked for.
    """

    weights: Tensors
    delta: Tensor | None
    measures: Tensors


ParametersFn = Callable[[Tensors], Tensors]
ForwardFn = Callable[[Tensors, Batch, "Tensor | None"], Outputs]
ObjectiveFn = Callable[[Outputs, "Tensor"], "Tensor"]


class GradientFn(Protocol):
    """Differentiate the mean loss of a batch at these weights and this shift of the embeddings."""

    def __call__(
        self, weights: Tensors, batch: Batch, delta: Tensor | None = None, *, with_delta: bool = False
    ) -> Gradients:
        """Return gradients; ``with_delta`` asks for the one with respect to ``delta`` as well."""
        ...


class Noise(Protocol):
    """Where a strategy inside the step gets its random numbers: the executor decides how they are drawn."""

    def bernoulli(self, like: Tensor, probability: float) -> Tensor:
        """Draw zeros and ones of the shape and type of ``like``."""
        ...


class EncoderView(Protocol):
    """What a strategy may know of the model."""

    @property
    def depth(self) -> int:
        """Number of blocks."""
        ...

    @property
    def blocks(self) -> Sequence[nn.Module]:
        """The blocks, from the bottom to the top."""
        ...

    @property
    def poolers(self) -> Sequence[nn.Module]:
        """The pooler, where the pretrained model has one."""
        ...

    @property
    def matrices(self) -> Sequence[str]:
        """Names of the pretrained matrices: those of the blocks and the pooler, without embeddings and head."""
        ...

    def reinitialise(self, modules: Iterable[nn.Module], seed: int) -> None:
        """Draw the weights of these modules afresh, from the model's own initialiser."""
        ...

    def no_shift(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return a shift of the word embeddings that shifts nothing: zeros, [B, T, width]."""
        ...
