"""How far a training is, told to a log, which shows no bar."""

from __future__ import annotations

import pytest
from rich.progress import TaskID

from ftcli.cli.progress import SILENCE, TrainingProgress
from ftcli.cli.study_report import StudyProgress
from ftcli.engine.observers import Entry


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
    assert told == ["step 19 of 100  loss 0.05  about 4 min left", "step 39 of 100  loss 0.03  about 3 min left"]


def test_a_short_training_is_told_by_its_end_alone(training, capsys):
    training.step(100, SILENCE / 2)
    assert not capsys.readouterr().err


def test_time_left_counts_what_lies_between_the_steps_and_not_what_was_there_before(training, capsys):
    """A training that goes on at step 40: a step a second, and an evaluation of half a minute after every ten."""
    for number in range(41, 81):
        training.step(number, number + 30 * ((number - 41) // 10))
    told = capsys.readouterr().err.splitlines()
    assert told == ["step 50 of 100  loss 0.02  about 50 s left", "step 70 of 100  loss 0.01  about 1.5 min left"]


def test_seeds_in_the_same_steps_are_told_together(training, capsys):
    for minute in range(1, 5):
        for seed in range(1, 9):  # each of which has taken three steps more
            training.step(24 * (minute - 1) + 3 * seed, minute * SILENCE)
    told = capsys.readouterr().err.splitlines()
    assert [line.partition("  ")[0] for line in told] == ["step 24 of 100", "step 48 of 100", "step 72 of 100"]
    assert [line.rpartition("  ")[2] for line in told] == ["loss 0.04", "about 2.2 min left", "about 1.2 min left"]


def test_nothing_is_told_where_a_bar_is_shown(training, capsys):
    training.shown.disable = False
    training.step(1, 2 * SILENCE)
    assert not capsys.readouterr().err


def test_nothing_is_told_of_how_far_it_is_before_that_is_known(training, capsys):
    training.task = training.add_task(None)
    training.step(1, 2 * SILENCE)
    assert not capsys.readouterr().err


def test_a_study_counts_the_steps_of_all_its_runs():
    shown = StudyProgress("Fine-tuning")
    shown.begin([1, 2], "eager")
    try:
        shown.begin_run(1, 10, "accuracy")
        for number, step in ((1, 10), (2, 3)):
            shown.record(number, Entry(step, 1.0, "train", 0.5, {}, {}))
        (task,) = shown._bar.tasks
        assert (task.completed, task.total) == (13, 20)
    finally:
        shown.end()
