"""Joining trainings to the executor that takes their steps.

A training is a generator: it yields its state first, then the batches of its steps, and is sent what each step
measured. In between, as after each batch of an evaluation, it yields None where it could be ended as well.
So the training loop does not know who takes the steps, or whether other trainings go along.
Needs no torch: a training that is about to load it may have something to write down before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ftcli.errors import FtcliError, Stopped
from ftcli.interrupts import StopRequest, deferred

if TYPE_CHECKING:
    from ftcli.engine.state import TrainState
    from ftcli.recipes.functions import Batch, Tensors

T = TypeVar("T")
Training = Generator[Any, Any, T]
"""Yields its ``TrainState``, is sent None, then yields batches, is sent their measures, and returns what came out.

Where it yields None, it is sent None.
"""


class Executor(Protocol):
    """Takes the steps of one training."""

    def step(self, batch: Batch) -> Tensors:
        """Take one optimizer step and return what was measured."""
        ...


class ManyExecutor(Protocol):
    """Takes the steps of several trainings at once."""

    def step(self, batches: Sequence[Batch]) -> list[Tensors]:
        """Take one optimizer step of each and return what each measured."""
        ...


def drive(training: Training[T], executor_for: Callable[[TrainState], Executor]) -> T:
    """Carry one training through to its end.

    Raises:
        Stopped: the process is asked to end; the training has written down what is done.
        Exception: whatever the training or a step raises; the training has seen it.
    """
    executor = _inside(training, lambda: executor_for(next(training)))
    with deferred() as request:
        result = _driven(training, executor, request)
        try:
            request.raise_if_made()  # while the run was finishing: what comes after it must not start
        except Stopped as stopped:
            stopped.__notes__ = ["The run itself has come to its end."]
            raise
    return result


def _driven(training: Training[T], executor: Executor, request: StopRequest) -> T:
    try:
        batch = next(training)
        while True:
            _inside(training, request.raise_if_made)
            measures = None if batch is None else _inside(training, lambda: executor.step(batch))  # noqa: B023 - called at once
            batch = training.send(measures)
    except StopIteration as end:
        result: T = end.value
        return result


def drive_in_waves(
    trainings: Sequence[Training[T]],
    executor_for: Callable[[Sequence[TrainState]], ManyExecutor],
    that_fit: Callable[[TrainState, int], int],
) -> Iterator[list[T | FtcliError]]:
    """Carry several trainings through, in step as many at a time as fit; yield what came out of each wave.

    ``that_fit`` is given the state of the first one left, and how many there are left.

    Raises:
        Exception: as ``drive_together``; trainings of waves to come have not begun.
    """
    left = list(trainings)
    while left:
        first = _inside(left[0], lambda: next(left[0]))  # noqa: B023 - called at once
        wave = left[: _inside(left[0], lambda: that_fit(first, len(left)))]  # noqa: B023
        yield drive_together(wave, executor_for, first=first)
        left = left[len(wave) :]
        del first  # else it would take memory when the next wave is measured


def drive_together(
    trainings: Sequence[Training[T]],
    executor_for: Callable[[Sequence[TrainState]], ManyExecutor],
    *,
    first: TrainState | None = None,
) -> list[T | FtcliError]:
    """Carry several trainings through in step; return what came out of each, or the error that ended it.

    The ``first`` one may have yielded its state already. A training that has ended keeps its place: another's batch is
    computed for it, and nobody looks at the outcome.

    Raises:
        Stopped: the process is asked to end; each training has written down what is done.
        Exception: what stops all of them; each has seen it.
    """
    ended: dict[int, T | FtcliError] = {}
    going: dict[int, Batch | None] = {}

    def advance(index: int, measures: Tensors | None) -> None:
        try:
            going[index] = trainings[index].send(measures)
        except StopIteration as end:
            ended[index] = end.value
        except FtcliError as error:
            ended[index] = _alone(error)
        if index in ended:
            going.pop(index, None)

    try:
        begun = [next(trainings[0]) if first is None else first]
        executor = executor_for(begun + [next(training) for training in trainings[1:]])
        with deferred() as request:
            for index in range(len(trainings)):
                advance(index, None)
            while going:
                request.raise_if_made()  # never before all have been sent what the last step measured
                for index, measures in _sent(executor, going, len(trainings)).items():
                    advance(index, measures)
            request.raise_if_made()
    except BaseException as error:
        for training in trainings:
            with suppress(BaseException):  # each records how it ended; the error itself goes on from here
                training.throw(error)
        raise
    return [ended[index] for index in range(len(trainings))]


def _alone(error: FtcliError) -> FtcliError:
    """Return an error without the frames that it went through, which hold all that was trained."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _sent(executor: ManyExecutor, going: dict[int, Batch | None], places: int) -> dict[int, Tensors | None]:
    """Return what to send to those that pause, which is nothing, or where none does to those that wait for a step."""
    pausing = [index for index, batch in going.items() if batch is None]
    if pausing:
        return dict.fromkeys(pausing)
    batches = {index: batch for index, batch in going.items() if batch is not None}
    other = next(iter(batches.values()))
    steps = executor.step([batches.get(index, other) for index in range(places)])
    return {index: steps[index] for index in batches}


def _inside(training: Training[Any], work: Callable[[], Any]) -> Any:
    """Do some work; what it raises is raised inside the training, as if the training had done it itself."""
    try:
        return work()
    except StopIteration:
        raise
    except BaseException as error:
        training.throw(error)
        raise
