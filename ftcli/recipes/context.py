"""What passes between the engine and a strategy beside tensors: what it may plan with and see, what it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ftcli.recipes.functions import EncoderView, Noise, Tensors

if TYPE_CHECKING:
    from torch import Tensor

    from ftcli.tasks.kind import Kind


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a layer, a peak learning rate and a weight decay.

    ``depth`` is 0 for the embeddings, 1 for the lowest block, ... and ``model depth + 1`` for pooler and head.
    """

    name: str
    depth: int
    lr: float
    weight_decay: float
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """The facts of a run that strategies may plan with."""

    steps: int
    steps_per_epoch: int
    warmup_steps: int
    depth: int
    lr: float
    head_lr: float | None
    kind: Kind
    class_counts: tuple[int, ...] = ()
    """Training examples of each class; empty where an example has not just one."""
    own: tuple[str, ...] = ()
    """Names of the parameters that strategies bring."""


class Phase(NamedTuple):
    """Steps that come before the main ones; optimizer and slots start afresh after them.

    ``rates`` are learning rates, float64 [steps, groups]; ``moving`` [steps, groups] says which groups are trained.
    """

    rates: Tensor
    moving: Tensor


class Cost(NamedTuple):
    """What a strategy adds to a step: ``passes`` over the batch (1: none more) and ``copies`` of the weights kept.

    ``epochs`` are those over the training data that come before the main steps.
    """

    passes: float = 1
    copies: float = 0
    epochs: int = 0


class Scope(NamedTuple):
    """What a hook inside the step sees beside its arguments.

    ``slots`` are the strategy's own tensors by kind and parameter name; ``step`` counts optimizer steps from 0
    (0-dim, on the device). ``rates`` are the learning rates of this step, [groups].
    """

    slots: dict[str, Tensors]
    step: Tensor
    noise: Noise
    encoder: EncoderView
    context: Context
    groups: Sequence[ParameterGroup] = ()
    rates: Tensor | None = None

    def each_rate(self) -> Iterator[tuple[str, Tensor]]:
        """Yield the name of each parameter and its learning rate in this step (0-dim)."""
        assert self.rates is not None
        for group, rate in zip(self.groups, self.rates, strict=True):
            for name in group.parameters:
                yield name, rate
