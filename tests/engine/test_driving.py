"""Trainings and executors joined: who sees which batch, error and end."""

from __future__ import annotations

import pytest

from ftcli.engine.driving import drive, drive_together
from ftcli.errors import DivergedError


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
