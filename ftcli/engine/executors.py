"""Which executor takes the steps of a training, or of several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ftcli.engine.driving import Executor, ManyExecutor
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.graph import GraphExecutor
from ftcli.engine.optimizer import can_be_recorded
from ftcli.engine.stacked import StackedExecutor
from ftcli.engine.state import TrainState
from ftcli.recipes.functions import Batch, Tensors

Notice = Callable[[str], None]


def executor_named(state: TrainState, wanted: str) -> str:
    """Return which executor takes the steps of a training: eager, graph or vmap."""
    if wanted in ("graph", "vmap"):
        return wanted
    return "graph" if wanted == "auto" and _may_be_recorded(state) else "eager"


def executor_of(state: TrainState, wanted: str, notice: Notice) -> Executor:
    """Return what takes the steps of one training; ``notice`` is told where something is not as one may expect.

    Raises:
        UsageError: a graph is wanted, and the optimizer's steps can't be recorded.
    """
    if executor_named(state, wanted) == "graph":
        return GraphExecutor(EagerExecutor(state, recorded=True), notice)
    return EagerExecutor(state)


def executor_of_many(states: Sequence[TrainState], notice: Notice, *, places: int = 0) -> ManyExecutor:
    """Return what takes the steps of several trainings at once.

    Where there were more ``places`` when they began, the others are filled: how products are added up, and so rounded,
    depends on how many there are.

    Raises:
        UsageError: the model can't be mapped.
    """
    if places > len(states):
        fillers = [states[0].another() for _ in range(places - len(states))]
        return _Filled(executor_of_many([*states, *fillers], notice), len(states), places)
    if _may_be_recorded(states[0]):
        return GraphExecutor(StackedExecutor(states, recorded=True), notice)
    return StackedExecutor(states)


class _Filled:
    """Takes the steps of the first few of an executor's trainings; nobody looks at the others."""

    def __init__(self, inner: ManyExecutor, trainings: int, places: int) -> None:
        self._inner, self._trainings, self._places = inner, trainings, places

    def step(self, batches: Sequence[Batch]) -> list[Tensors]:
        """Take one optimizer step of each and return what each measured."""
        filled = [*batches, *[batches[0]] * (self._places - self._trainings)]
        return self._inner.step(filled)[: self._trainings]


def _may_be_recorded(state: TrainState) -> bool:
    return state.device.type == "cuda" and can_be_recorded(state.plan.optimizer)
