"""The graph executor: each kind of step is recorded once as a CUDA graph, and from then on replayed.

An eager step of a small encoder makes the processor launch thousands of kernels, and the GPU waits for it; a replay
is one call. What Python decides about a step is its kind: the shape of its batch, what moves, which strategies act
after it. All else that a step reads lies in tensors that stay where they are: weights, slots, the optimizer's
averages, the table of learning rates with the place in it, and the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import torch

from ftcli.engine.state import mapped, sendable
from ftcli.recipes.functions import Batch, Tensors
from ftcli.shortage import ran_out

B_contra = TypeVar("B_contra", contravariant=True)
M_co = TypeVar("M_co", covariant=True)


class Replay(Protocol):
    """Device work that was recorded."""

    def replay(self) -> None:
        """Do it once more, on the same tensors."""
        ...


class Recorder(Protocol):
    """Records device work."""

    def record(self, work: Callable[[], None], generators: Sequence[torch.Generator]) -> Replay:
        """Return the work recorded, and not done yet; it draws from these generators.

        Raises:
            RuntimeError: it can't be recorded; nothing is changed.
        """
        ...


class Recordable(Protocol[B_contra, M_co]):
    """An executor whose steps can be recorded, since each is looked up first and computed then."""

    def joined(self, batch: B_contra) -> Batch:
        """Return what is given to a step as one batch."""
        ...

    def kind(self, batch: Batch) -> Hashable:
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
        """Have the device know which step is the next, where it is not the one after the last."""
        ...

    def compute(self, batch: Batch) -> Tensors:
        """Compute the step that was looked up, on the device alone, and return its measures; the batch is there."""
        ...

    def told(self, measures: Tensors) -> M_co:
        """Return what was computed as ``step`` returns it."""
        ...

    def advance(self) -> None:
        """Count the step."""
        ...

    def step(self, batch: B_contra) -> M_co:
        """Take a step eagerly, with less at once where memory runs out."""
        ...


class _Recording(NamedTuple):
    replay: Replay
    batch: Batch
    measures: Tensors


class GraphExecutor(Generic[B_contra, M_co]):
    """Takes the steps of another executor. The first of a kind is taken eagerly, the second is recorded.

    The first allocates what lasts, such as the optimizer's averages; and a kind that comes once is not worth a
    recording. What can't be recorded is taken eagerly, as ``notice`` is told once.
    """

    def __init__(
        self,
        inner: Recordable[B_contra, M_co],
        notice: Callable[[str], None],
        new_recorder: Callable[[], Recorder] | None = None,
    ) -> None:
        self._inner = inner
        self._notice: Callable[[str], None] | None = notice
        self._new_recorder = new_recorder or CudaGraphs
        self._start_afresh()

    def step(self, batch: B_contra) -> M_co:
        """Take one optimizer step and return what was measured."""
        inner = self._inner
        if inner.starts_afresh:
            self._start_afresh()
        joined = inner.joined(batch)
        kind = inner.kind(joined)
        if kind not in self._met:
            self._met.add(kind)
            return inner.step(batch)
        if kind not in self._recordings:
            self._recordings[kind] = self._recorded(joined)
        recording = self._recordings[kind]
        return inner.step(batch) if recording is None else self._replayed(recording, joined)

    def _start_afresh(self) -> None:
        """Forget what was recorded: the optimizer's averages in it are no longer those in use."""
        self._met: set[Hashable] = set()
        self._recordings: dict[Hashable, _Recording | None] = {}
        self._recorder = self._new_recorder()

    def _recorded(self, batch: Batch) -> _Recording | None:
        """Return the step recorded; None where that can't be."""
        inner = self._inner
        (device,) = {generator.device for generator in inner.generators}
        own = mapped(lambda tensor: tensor.to(device, copy=True), batch)
        measures: list[Tensors] = []
        try:
            replay = self._recorder.record(lambda: measures.append(inner.compute(own)), inner.generators)
        except RuntimeError as error:
            self._tell("memory does not allow it" if ran_out(error) else str(error).partition("\n")[0])
            return None
        return _Recording(replay, own, measures[0])

    def _replayed(self, recording: _Recording, batch: Batch) -> M_co:
        self._inner.look_up()
        _send(batch, recording.batch)
        recording.replay.replay()
        self._inner.advance()
        # The next replay writes over the measures.
        return self._inner.told({name: tensor.clone() for name, tensor in recording.measures.items()})

    def _tell(self, why: str) -> None:
        if self._notice is not None:
            step = self._inner.taken + 1
            self._notice(f"Steps like number {step} are not recorded, but taken eagerly: {why}.")
            self._notice = None


class CudaGraphs:
    """CUDA graphs that share their memory, since never two of them run at the same time."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, work: Callable[[], None], generators: Sequence[torch.Generator]) -> Replay:
        """Return the work as a graph.

        Raises:
            RuntimeError: it can't be recorded.
        """
        graph = _graph_drawing_from(generators)
        stream = torch.cuda.current_stream()
        try:
            with torch.cuda.graph(graph, pool=self._pool):
                work()
        except RuntimeError:
            torch.cuda.set_stream(stream)
            # The generators take the recording for going on, and refuse to draw, until one comes to its end.
            with torch.cuda.graph(_graph_drawing_from(generators)):
                torch.zeros(1, device=stream.device)
            raise
        return graph


def _graph_drawing_from(generators: Sequence[torch.Generator]) -> torch.cuda.CUDAGraph:
    graph = torch.cuda.CUDAGraph()
    for generator in generators:
        graph.register_generator_state(generator)
    return graph


def _send(batch: Batch, to: Batch) -> None:
    """Copy a batch's tensors, wherever they are, to where a recording reads them."""
    for name, tensor in to.inputs.items():
        tensor.copy_(sendable(batch.inputs[name], tensor.device), non_blocking=True)
    to.labels.copy_(sendable(batch.labels, to.labels.device), non_blocking=True)
