"""The functions that a training step is made of, and the tensors that pass between them.

Needs no torch at run time: a strategy's file, and so the command line's help, can import it for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

Tensors = dict[str, "Tensor"]


class Batch(NamedTuple):
    """A batch of B examples, padded to T tokens.

    ``inputs`` holds the model's own arguments (``input_ids`` and the like, int64 [B, T]; ``attention_mask``);
    ``labels`` is [B]: class numbers or target values.
    Where blocks rest, ``inputs`` may hold what they make of the tokens, too: ``hidden_states`` [B, T, width].
    """

    inputs: Tensors
    labels: Tensor

    def doubled(self) -> Batch:
        """Return the batch with each row twice, the second ones after all first ones."""
        import torch

        inputs = {name: torch.cat([value, value]) for name, value in self.inputs.items()}
        return Batch(inputs, torch.cat([self.labels, self.labels]))


class Outputs(NamedTuple):
    """What the model makes of a batch: ``logits`` [B, classes], or [B, 1] for a regression.

    ``features`` [B, width] is what the last linear layer of the head reads. Strategies that draw something in the
    forward pass leave for their objective what it needs: ``samples`` [B, K, classes] are logits of further draws,
    ``shares`` [B] is how much of an example is itself where it is mixed with another, ``projected`` [B, width] are
    features made for the loss alone, ``anchor`` [B, classes] are the logits of other weights.
    """

    logits: Tensor
    features: Tensor | None = None
    samples: Tensor | None = None
    shares: Tensor | None = None
    projected: Tensor | None = None
    anchor: Tensor | None = None

    def halves(self) -> tuple[Outputs, Outputs]:
        """Split the rows of a doubled batch."""
        rows = len(self.logits) // 2
        return self._part(slice(None, rows)), self._part(slice(rows, None))

    def _part(self, rows: slice) -> Outputs:
        parts: list[Any] = [None if each is None else each[rows] for each in self]
        return Outputs(*parts)


class Gradients(NamedTuple):
    """Gradients of the batch's mean loss, and what was measured on the way (0-dim tensors, ``loss`` first).

    ``delta`` is the gradient with respect to the shift of the embeddings [B, T, width], where asked for.
    """

    weights: Tensors
    delta: Tensor | None
    measures: Tensors


ParametersFn = Callable[[Tensors], Tensors]
ForwardFn = Callable[[Tensors, Batch, "Tensor | None"], Outputs]
ObjectiveFn = Callable[[Outputs, Batch], "Tensor"]
PhaseLossFn = Callable[[Tensors, Batch], "Tensor"]
"""(weights, batch) -> loss of each example, [B]"""


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

    def uniform(self, like: Tensor) -> Tensor:
        """Draw numbers from 0 to 1 of the shape and type of ``like``."""
        ...

    def normal(self, like: Tensor) -> Tensor:
        """Draw from the standard normal distribution, in the shape and type of ``like``."""
        ...


class LanguageModel(Protocol):
    """The pretrained encoder with the head that it was pretrained with, to guess masked words."""

    @property
    def head(self) -> Tensors:
        """The parameters of the head alone, by name."""
        ...

    @property
    def mask_id(self) -> int:
        """The number of the token that stands for a masked word."""
        ...

    @property
    def specials(self) -> Sequence[int]:
        """The numbers of the tokens that are never masked."""
        ...

    @property
    def words(self) -> int:
        """How many tokens there are to guess from."""
        ...

    def logits(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return the logits of each token, [B, T, words]; of ``weights`` it takes the encoder's and the head's."""
        ...


class EncoderView(Protocol):
    """What a strategy may know of the model."""

    @property
    def depth(self) -> int:
        """Number of blocks."""
        ...

    @property
    def layers_share_weights(self) -> bool:
        """Whether a block is used as several layers."""
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
    def weights(self) -> Tensors:
        """The trainable parameters of the model itself, by name."""
        ...

    @property
    def depths(self) -> Mapping[str, int]:
        """The depth of each parameter: 0 for embeddings, 1 for the lowest block, ``depth + 1`` for pooler and head."""
        ...

    @property
    def feature_width(self) -> int:
        """How many features the last linear layer of the head reads."""
        ...

    @property
    def pretrained(self) -> Sequence[str]:
        """Names of all parameters but those of the new head."""
        ...

    @property
    def matrices(self) -> Sequence[str]:
        """Names of the pretrained matrices: those of the blocks and the pooler, without embeddings and head."""
        ...

    def reinitialise(self, modules: Iterable[nn.Module], seed: int) -> None:
        """Draw the weights of these modules afresh, from the model's own initialiser."""
        ...

    @property
    def fresh(self) -> Sequence[nn.Module]:
        """The modules that have been drawn afresh."""
        ...

    def rest_below(self, depth: int, *, keep_activations: bool) -> None:
        """Switch off dropout in the embeddings and the lowest ``depth`` blocks, which will never be trained.

        With ``keep_activations`` what they make of each training example is computed once.
        """
        ...

    def without_head_dropout(self) -> None:
        """Switch off the model's own dropout before the last linear layer."""
        ...

    def classify(self, weights: Tensors, features: Tensor) -> Tensor:
        """Apply the last linear layer of the head: features [..., width] -> logits [..., classes]."""
        ...

    @property
    def language_model(self) -> LanguageModel:
        """The encoder under its pretrained head for masked words.

        Raises:
            ModelError: the model comes without such a head.
        """
        ...

    def no_shift(self, weights: Tensors, inputs: Tensors) -> Tensor:
        """Return a shift of the word embeddings that shifts nothing: zeros, [B, T, width]."""
        ...
