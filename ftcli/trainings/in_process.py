"""The runs of a study trained in this process: one after the other, or all in the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftcli.engine.driving import ManyExecutor, drive_together
from ftcli.engine.pace import Pace, Start
from ftcli.errors import FtcliError
from ftcli.runs.checkpoints import CheckpointStore
from ftcli.runs.folder import RunFolder
from ftcli.tasks.dataset import Dataset
from ftcli.trainings.members import Member
from ftcli.trainings.observer import OfOneRun, StudyObserver
from ftcli.trainings.outcome import Outcome
from ftcli.trainings.single import TrainResult, train_alone, training

if TYPE_CHECKING:
    from ftcli.engine.state import TrainState


def train_in_turn(members: Sequence[Member], dataset: Dataset, observer: StudyObserver) -> list[Outcome]:
    """Train one run after the other.

    Raises:
        UsageError: no run could be trained with these settings.
    """
    outcomes = []
    for member in members:
        result: TrainResult | FtcliError
        try:
            start = Start(Pace(member.settings.checkpoint_every), member.resume, rung=member.rung)
            result = train_alone(
                member.settings, member.data(dataset), member.path, [OfOneRun(member.number, observer)], start
            )
        except FtcliError as error:
            result = error
        outcomes.append(member.ended(result))
        observer.end_run(outcomes[-1])
    return outcomes


def train_together(members: Sequence[Member], dataset: Dataset, observer: StudyObserver) -> list[Outcome]:
    """Train all seeds in the same steps, their weights stacked.

    Raises:
        UsageError: no run could be trained with these settings, or the model can't be mapped over seeds.
    """
    pace, step = Pace(members[0].settings.checkpoint_every), _latest_of_all(members)
    trainings = [
        training(
            member.settings,
            dataset,
            member.path,
            [OfOneRun(member.number, observer)],
            Start(pace, member.resume, step, rung=member.rung),
        )
        for member in members
    ]

    def executor_for(states: Sequence[TrainState]) -> ManyExecutor:
        from ftcli.engine.executors import executor_of_many

        places = max(member.among for member in members) if any(member.resume for member in members) else 0
        return executor_of_many(states, observer.about_data, places=places)

    results = drive_together(trainings, executor_for)
    outcomes = [member.ended(result) for member, result in zip(members, results, strict=True)]
    for outcome in outcomes:
        observer.end_run(outcome)
    return outcomes


def _latest_of_all(members: Sequence[Member]) -> int:
    """Return after how many steps all of them have a whole checkpoint, for they go in step; 0: start anew."""
    whole = [set(CheckpointStore(RunFolder(member.path).checkpoints).whole()[0]) for member in members]
    return max(set.intersection(*whole), default=0)
