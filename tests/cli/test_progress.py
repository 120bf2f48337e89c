"""How far a training is, told to a log, which shows no bar."""

from __future__ import annotations

import pytest
from rich.progress import TaskID

from ftcli.cli.progress import SILENCE, TrainingProgress


@pytest.fixture
def training():
    """A training of 100 steps whose clock stands where it is put."""

    class Training:
        clock = 0.0

        def __init__(self) -> None:
            self.shown = TrainingProgress("loss {task.fields[loss]}")
            self.shown.disable = True
            self.shown.get_time = lambda: self.clock
            self.shown._told = 0.0
            self.task = self.add_task(100)

        def add_task(self, total: int | None) -> TaskID:
            return self.shown.add_task("training", total=total, loss="-")

        def step(self, number: int, seconds: float) -> None:
            self.clock = seconds
            self.shown.update(self.task, completed=number, loss=f"{1 / number:.2f}")

    return Training()


def test_a_log_is_told_after_a_while_and_not_at_every_step(training, capsys):
    for number in range(1, 51):
        training.step(number, number * SILENCE / 20)
    told = capsys.readouterr().err.splitlines()
    assert told == ["step 20 of 100  loss 0.05  about 4 min left", "step 40 of 100  loss 0.03  about 3 min left"]


def test_a_short_training_is_told_by_its_end_alone(training, capsys):
    training.step(100, SILENCE / 2)
    assert not capsys.readouterr().err


def test_nothing_is_told_where_a_bar_is_shown(training, capsys):
    training.shown.disable = False
    training.step(1, 2 * SILENCE)
    assert not capsys.readouterr().err


def test_nothing_is_told_of_how_far_it_is_before_that_is_known(training, capsys):
    training.task = training.add_task(None)
    training.step(1, 2 * SILENCE)
    assert not capsys.readouterr().err
