"""What a step asks of a GPU, found without one: ``python -m benchmarks.operations``.

The step is taken on torch's meta device, whose tensors have shapes and no numbers. As on a GPU, nothing is chosen for a
processor; and to read a number, for which a processor would wait, fails. Versions of ftcli that print the same checksum
ask a GPU for the same operations, of the same shapes and in the same order: what one measured holds of the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import BertConfig

from benchmarks.gpu import SIZES
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.plan import DataFacts, make_plan
from ftcli.engine.stacked import StackedExecutor
from ftcli.engine.state import TrainState
from ftcli.models.encoder import Encoder
from ftcli.models.library import AutoModelForSequenceClassification
from ftcli.recipes.functions import Batch
from ftcli.recipes.recipe import compose
from ftcli.settings.optimisation import OptimisationSettings

META = torch.device("meta")
STEPS, TEXTS, LENGTH, SEEDS, WORDS = 4, 16, 16, 8, 1000
WITHOUT_OUTCOME = ("aten._fused_adamw_", "aten._fused_sgd_")
"""Operations that torch doesn't know how to do without numbers; they return nothing."""

_Generator = torch.Generator


def main() -> None:
    """Print how many operations a step asks for, and their checksum."""
    for size, config in SIZES.items():
        for seeds in (1, SEEDS):
            with standing_in_for_a_gpu():
                calls = operations(plain_steps(seeds, config))
            print(
                f"{config['num_hidden_layers']} layers {size} wide, seeds at once {seeds}: "
                f"{len(calls) / STEPS:.0f} operations a step, checksum {checksum(calls)}"
            )


def plain_steps(seeds: int, config: dict[str, int]) -> Callable[[], None]:
    """Return what takes the steps of so many seeds, without any technique."""
    lower = torch.bfloat16 if seeds == 1 else None
    return steps_of([plain_state(config, lower) for _ in range(seeds)], batch_of_ones(), STEPS)


def steps_of(states: list[TrainState], batch: Batch, steps: int) -> Callable[[], None]:
    """Return what takes steps as they are recorded on a GPU: of one training, or of several stacked."""
    executor: Any = EagerExecutor(states[0], recorded=True)
    if len(states) > 1:
        executor = StackedExecutor(states, recorded=True)
        batch = executor.joined([batch] * len(states))

    def take() -> None:
        for _ in range(steps):
            executor.look_up()
            executor.compute(batch)
            executor.advance()

    return take


def plain_state(config: dict[str, int], lower: torch.dtype | None) -> TrainState:
    """Return a training of an encoder without numbers; its weights are multiplied in this type, None: their own."""
    with META:
        model = AutoModelForSequenceClassification.from_config(BertConfig(vocab_size=WORDS, **config))
    encoder = Encoder(model.train())
    encoder.to(META)
    encoder.train_in(lower)
    plan = make_plan(
        compose({}, {}),
        encoder,
        OptimisationSettings(max_steps=STEPS, batch_size=TEXTS),
        DataFacts(STEPS, "classification", (1, 1)),
    )
    return TrainState(plan, encoder)


def batch_of_ones() -> Batch:
    """Return texts without numbers."""
    words = torch.ones(TEXTS, LENGTH, dtype=torch.long, device=META)
    return Batch({"input_ids": words, "attention_mask": words}, words[:, 0])


@contextmanager
def standing_in_for_a_gpu() -> Iterator[None]:
    """Have torch's meta device taken for a GPU while a step is recorded there."""
    replaced: dict[str, Any] = {
        "transformers.utils.import_utils.is_cuda_stream_capturing": lambda: True,  # so that no mask is looked into
        "torch.optim.optimizer._get_fused_kernels_supported_devices": lambda: [META.type],
        "torch.optim.optimizer._get_capturable_supported_devices": lambda *_, **__: [META.type],
        "torch.autocast": lambda *_, **__: nullcontext(),  # there is none: what it casts beside the weights stays
        "torch.equal": lambda *_: False,
        "torch.Generator": lambda *_: _Generator(),
    }
    with ExitStack() as stack:
        for place, stand_in in replaced.items():
            stack.enter_context(mock.patch(place, stand_in))
        yield


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes down the operations that torch is asked for, each with its numbers and the shapes of its tensors."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[str] = []

    def __torch_dispatch__(self, function: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Carry out an operation."""
        known = not str(function).startswith(WITHOUT_OUTCOME)
        found = function(*args, **(kwargs or {})) if known else None
        self.calls.append(f"{function} " + " ".join(map(_described, tree_leaves((args, kwargs, found)))))
        return found


def operations(work: Callable[[], None]) -> list[str]:
    """Return what some work asks for.

    Raises:
        RuntimeError: it reads a number of a tensor.
    """
    noted = Operations()
    with noted:
        work()
    return noted.calls


def checksum(calls: list[str]) -> str:
    """Return one of operations in their order."""
    return hashlib.sha256("\n".join(calls).encode()).hexdigest()[:16]


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value.device}{value.dtype}{tuple(value.shape)}{value.stride()}"
    return "generator" if isinstance(value, _Generator) else str(value)


if __name__ == "__main__":
    main()
