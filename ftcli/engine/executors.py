"""Which executor takes the steps of a training, or of several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ftcli.engine.driving import Executor, ManyExecutor
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.graph import GraphExecutor
from ftcli.engine.optimizer import can_be_recorded
from ftcli.engine.stacked import StackedExecutor
from ftcli.engine.state import TrainState

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


def executor_of_many(states: Sequence[TrainState], notice: Notice) -> ManyExecutor:
    """Return what takes the steps of several trainings at once.

    Raises:
        UsageError: the model can't be mapped.
    """
    if _may_be_recorded(states[0]):
        return GraphExecutor(StackedExecutor(states, recorded=True), notice)
    return StackedExecutor(states)


def _may_be_recorded(state: TrainState) -> bool:
    return state.device.type == "cuda" and can_be_recorded(state.plan.optimizer)
