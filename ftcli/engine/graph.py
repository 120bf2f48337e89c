"""The graph executor: each kind of step is recorded once as a CUDA graph, and from then on replayed.

An eager step of a small encoder makes the processor launch thousands of kernels, and the GPU waits for it; a replay
is one call. What Python decides about a step is its kind: the shape of its batch, what moves, which strategies act
after it. All else that a step reads lies in tensors that stay where they are: weights, slots, the optimizer's
averages, the number of the step, its learning rates, and the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import torch
from torch.utils._pytree import tree_map

from ftcli.shortage import ran_out

B = TypeVar("B")
M = TypeVar("M")
B_contra = TypeVar("B_contra", contravariant=True)
M_co = TypeVar("M_co", covariant=True)


class Replay(Protocol):
    """Device work that was recorded."""

    def replay(self) -> None:
        """Do it once more, on the same tensors."""
        ...


Record = Callable[[Callable[[], None], Sequence[torch.Generator]], Replay]
"""(work, the generators that it draws from) -> the work recorded, and not done yet."""


class Recordable(Protocol[B_contra, M_co]):
    """An executor whose steps can be recorded, since each is looked up first and computed then."""

    def kind(self, batch: B_contra) -> Hashable:
        """Return what Python decides about the next step; steps of a kind do the same on the device."""
        ...

    @property
    def starts_afresh(self) -> bool:
        """Whether the optimizer forgets all before the next step."""
        ...

    @property
    def generators(self) -> Sequence[torch.Generator]:
        """Return where the steps draw from."""
        ...

    @property
    def taken(self) -> int:
        """Return how many steps have been taken."""
        ...

    def look_up(self) -> None:
        """Write the number and the rates of the next step where it reads them."""
        ...

    def compute(self, batch: B_contra) -> M_co:
        """Compute the step that was looked up, on the device alone; ``batch`` is there already."""
        ...

    def advance(self) -> None:
        """Count the step."""
        ...

    def step(self, batch: B_contra) -> M_co:
        """Take a step eagerly, with less at once where memory runs out."""
        ...


class _Recording(NamedTuple, Generic[B, M]):
    replay: Replay
    batch: B
    measures: M


class GraphExecutor(Generic[B, M]):
    """Takes the steps of another executor. The first of a kind is taken eagerly, the second is recorded.

    The first allocates what lasts, such as the optimizer's averages; and a kind that comes once is not worth a
    recording. What can't be recorded is taken eagerly, as ``notice`` is told.
    """

    def __init__(self, inner: Recordable[B, M], notice: Callable[[str], None], record: Record | None = None) -> None:
        self._inner = inner
        self._notice = notice
        self._record = record or CudaGraphs().record
        self._met: set[Hashable] = set()
        self._recordings: dict[Hashable, _Recording[B, M] | None] = {}

    def step(self, batch: B) -> M:
        """Take one optimizer step and return what was measured."""
        inner = self._inner
        if inner.starts_afresh:  # the averages that were recorded are no longer those in use
            self._met.clear()
            self._recordings.clear()
        kind = inner.kind(batch)
        if kind not in self._met:
            self._met.add(kind)
            return inner.step(batch)
        if kind not in self._recordings:
            self._recordings[kind] = self._recorded(batch)
        recording = self._recordings[kind]
        return inner.step(batch) if recording is None else self._replayed(recording, batch)

    def _recorded(self, batch: B) -> _Recording[B, M] | None:
        """Return the step recorded; None where that can't be."""
        inner = self._inner
        (device,) = {generator.device for generator in inner.generators}
        own = _map(lambda tensor: tensor.to(device, copy=True), batch)
        measures: list[M] = []
        try:
            replay = self._record(lambda: measures.append(inner.compute(own)), inner.generators)
        except RuntimeError as error:
            why = "memory does not allow it" if ran_out(error) else str(error).partition("\n")[0]
            self._notice(f"Steps like number {inner.taken + 1} are not recorded, but taken eagerly: {why}.")
            return None
        return _Recording(replay, own, measures[0])

    def _replayed(self, recording: _Recording[B, M], batch: B) -> M:
        self._inner.look_up()
        _copy(recording.batch, batch)
        recording.replay.replay()
        self._inner.advance()
        return _map(torch.clone, recording.measures)  # the next replay writes over them


class CudaGraphs:
    """CUDA graphs that share their memory, since never two of them run at the same time."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, work: Callable[[], None], generators: Sequence[torch.Generator]) -> Replay:
        """Return the work as a graph."""
        graph = torch.cuda.CUDAGraph()
        for generator in generators:
            graph.register_generator_state(generator)
        with torch.cuda.graph(graph, pool=self._pool):
            work()
        return graph


def _copy(to: B, batch: B) -> None:
    """Copy a batch's tensors, wherever they are, to where a recording reads them."""
    tree_map(lambda own, value: own.copy_(value, non_blocking=True), to, batch)


def _map(function: Callable[[torch.Tensor], torch.Tensor], tensors: M) -> M:
    found: M = tree_map(function, tensors)
    return found
