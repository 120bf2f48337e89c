"""Trainings and executors joined: who sees which batch, error and end."""

from __future__ import annotations

import os
import signal

import pytest

from ftcli.engine.driving import drive, drive_in_waves, drive_together
from ftcli.errors import DivergedError, Stopped


class Doubling:
    """An executor whose measure is twice the batch; ``fails_at`` raises in that step."""

    def __init__(self, fails_at=None, error=None):
        self.seen, self._fails_at, self._error = [], fails_at, error

    def step(self, batch):
        if len(self.seen) == self._fails_at:
            raise self._error
        self.seen.append(batch)
        return [2 * each for each in batch] if isinstance(batch, list) else 2 * batch


def training(batches, log, *, diverges_at=None):
    try:
        assert (yield "state") is None
        for batch in batches:
            if batch == diverges_at:
                raise DivergedError("diverged")
            log.append((yield batch))
    except BaseException as error:
        log.append(type(error))
        raise
    return sum(log)


def test_a_training_is_sent_what_each_step_measured():
    log = []
    assert drive(training([1, 2, 3], log), lambda state: Doubling()) == 12
    assert log == [2, 4, 6]


def evaluating(batches, log, *, pauses):
    """Pause so many times after each batch."""
    try:
        yield "state"
        for batch in batches:
            log.append((yield batch))
            for number in range(pauses):
                assert (yield None) is None
                log.append(f"pause {number}")
    except BaseException as error:
        log.append(type(error))
        raise


def test_a_training_may_pause_between_its_steps():
    log = []
    drive(evaluating([1, 2], log, pauses=2), lambda state: Doubling())
    assert log == [2, "pause 0", "pause 1", 4, "pause 0", "pause 1"]


def test_others_wait_for_one_that_pauses_and_take_no_step():
    logs, executor = ([], []), Doubling()
    drive_together([evaluating([1, 2], logs[0], pauses=2), evaluating([3, 4], logs[1], pauses=0)], lambda _: executor)
    assert logs == ([2, "pause 0", "pause 1", 4, "pause 0", "pause 1"], [6, 8])
    assert executor.seen == [[1, 3], [2, 4]]


@pytest.mark.parametrize("pauses", [(3, 0), (0, 3)])
def test_a_signal_is_honoured_in_a_pause_once_all_know_what_the_step_measured(pauses):
    class Asking(list):
        def append(self, item):
            if item in ("pause 0", 6):
                os.kill(os.getpid(), signal.SIGTERM)
            super().append(item)

    logs = (Asking(), Asking())
    trainings = [evaluating([number, 9], log, pauses=p) for number, log, p in zip((1, 3), logs, pauses, strict=True)]
    with pytest.raises(Stopped):
        drive_together(trainings, lambda _: Doubling())
    assert [log[0] for log in logs] == [2, 6]
    assert [log[-1] for log in logs] == [Stopped, Stopped]
    assert all("pause 2" not in log for log in logs)


def test_a_training_of_no_steps_ends():
    assert drive(training([], []), lambda state: Doubling()) == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no"), DivergedError("nan")])
def test_what_a_step_raises_is_raised_in_the_training_too(error):
    log = []
    with pytest.raises(type(error)):
        drive(training([1, 2, 3], log), lambda state: Doubling(fails_at=1, error=error))
    assert log == [2, type(error)]


def test_what_making_the_executor_raises_is_raised_in_the_training_too():
    log = []

    def no_executor(state):
        raise ValueError("no")

    def simple():
        try:
            yield "state"
        except ValueError as error:
            log.append(type(error))
            raise

    with pytest.raises(ValueError, match="no"):
        drive(simple(), no_executor)
    assert log == [ValueError]


def test_trainings_of_several_lengths_go_in_step_and_each_gets_its_own():
    logs = [[], [], []]
    executor = Doubling()
    trainings = [training(range(1, 4), logs[0]), training([10], logs[1]), training([100, 200], logs[2])]
    assert drive_together(trainings, lambda states: executor) == [12, 20, 600]
    assert executor.seen[0] == [1, 10, 100]
    assert executor.seen[1] == [2, 2, 200]


def test_one_that_diverges_ends_alone():
    logs = [[], []]
    found = drive_together(
        [training([1, 2, 3], logs[0], diverges_at=2), training([1, 2, 3], logs[1])], lambda states: Doubling()
    )
    assert isinstance(found[0], DivergedError)
    assert logs == [[2, DivergedError], [2, 4, 6]]
    assert found[1] == 12


def test_an_interrupt_reaches_all_that_still_go():
    logs = [[], []]
    executor = Doubling(fails_at=2, error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        drive_together([training([1], logs[0]), training([1, 2, 3], logs[1])], lambda states: executor)
    assert logs == [[2], [2, 4, KeyboardInterrupt]]


def test_one_that_fails_before_its_first_step_stops_all():
    log = []

    def broken():
        raise DivergedError("at once")
        yield

    with pytest.raises(DivergedError):
        drive_together([training([1], log), broken()], lambda states: Doubling())
    assert log == [DivergedError]


def test_trainings_go_in_waves_of_those_that_fit():
    executors, logs = [], [[], [], []]

    def executor_for(states):
        executors.append((states, Doubling()))
        return executors[-1][1]

    trainings = [training([number, number], log) for number, log in enumerate(logs, 1)]
    waves = drive_in_waves(trainings, executor_for, lambda state, left: min(left, 2))
    assert next(waves) == [4, 8]
    assert logs[2] == []
    assert list(waves) == [[12]]
    assert [(states, executor.seen) for states, executor in executors] == [
        (["state", "state"], [[1, 2], [1, 2]]),
        (["state"], [[3], [3]]),
    ]


def test_what_stops_a_wave_leaves_those_to_come_as_they_are():
    logs = [[], [], []]
    trainings = [training([number], log) for number, log in enumerate(logs)]
    waves = drive_in_waves(trainings, lambda _: Doubling(0, ValueError("broken")), lambda state, left: 2)
    with pytest.raises(ValueError, match="broken"):
        next(waves)
    assert logs == [[ValueError], [ValueError], []]


def test_one_that_can_not_be_measured_is_told():
    log = []

    def measure(state, left):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        next(drive_in_waves([training([1], log)], lambda _: Doubling(), measure))
    assert log == [ValueError]


def test_an_error_holds_nothing_of_the_training_that_it_ended():
    """In a race each seed of a wave ends with one, and what it had stacked would be in the way of the next wave."""
    (found,) = drive_together([training([1, 2], [], diverges_at=2)], lambda states: Doubling())
    assert isinstance(found, DivergedError)
    assert (found.__traceback__, found.__context__, found.__cause__) == (None, None, None)
