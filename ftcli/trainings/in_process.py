"""The runs of a study trained in this process: one after the other, or all in the same steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from ftcli.engine.driving import ManyExecutor, drive_in_waves
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
    """Train all seeds in the same steps, their weights stacked; in waves where memory does not hold all at once.

    Raises:
        UsageError: no run could be trained with these settings, or the model can't be mapped over seeds.
    """
    outcomes: dict[int, Outcome] = {}
    begun, fresh = [each for each in members if each.resume], [each for each in members if not each.resume]
    for group in filter(None, (begun, fresh)):
        for member, result in zip(group, chain.from_iterable(_in_waves(group, dataset, observer)), strict=True):
            outcomes[member.number] = member.ended(result)
            observer.end_run(outcomes[member.number])
    return [outcomes[member.number] for member in members]


def _in_waves(
    members: Sequence[Member], dataset: Dataset, observer: StudyObserver
) -> Iterator[list[TrainResult | FtcliError]]:
    pace, step, places = Pace(members[0].settings.checkpoint_every), _latest_of_all(members), _places(members)
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

    def that_fit(state: TrainState, left: int) -> int:
        from ftcli.engine.waves import seeds_that_fit

        found = seeds_that_fit(state, left)
        if found < left == len(members):
            observer.about_data(f"Memory does not hold {left} seeds at once: {found} are trained in the same steps.")
        return found

    def executor_for(states: Sequence[TrainState]) -> ManyExecutor:
        from ftcli.engine.executors import executor_of_many

        return executor_of_many(states, observer.about_data, places=places)

    return drive_in_waves(trainings, executor_for, that_fit)


def _places(members: Sequence[Member]) -> int:
    """Return among how many runs these have begun, where they go on; those of a race go on among fewer."""
    recorded = [RunFolder(each.path).read_status().model_extra or {} for each in members if each.resume]
    known = [together for each in recorded if isinstance(together := each.get("together"), int)]
    return max(known, default=0) if all(each.rung is None for each in members) else 0


def _latest_of_all(members: Sequence[Member]) -> int:
    """Return after how many steps all of them have a whole checkpoint, for they go in step; 0: start anew."""
    whole = [set(CheckpointStore(RunFolder(member.path).checkpoints).whole()[0]) for member in members]
    return max(set.intersection(*whole), default=0)
