"""The runs of a study trained in this process: one after the other, or all in the same steps."""

from __future__ import annotations

from collections import Counter
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
    for step, group in _groups(members):
        for member, result in zip(group, chain.from_iterable(_in_waves(group, step, dataset, observer)), strict=True):
            outcomes[member.number] = member.ended(result)
            observer.end_run(outcomes[member.number])
    return [outcomes[member.number] for member in members]


def _in_waves(
    members: Sequence[Member], step: int, dataset: Dataset, observer: StudyObserver
) -> Iterator[list[TrainResult | FtcliError]]:
    """Train those that go on after the same step."""
    pace, places = Pace(members[0].settings.checkpoint_every), _places(members)
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

        nonlocal places
        found = seeds_that_fit(state, max(left, places))
        if found < places:
            places = 0
            observer.about_data(
                "Memory holds fewer seeds at once than before: results may differ in their last digits."
            )
        if found < left == len(members):
            observer.about_data(f"Memory does not hold {left} seeds at once: {found} are trained in the same steps.")
        return min(found, left)

    def executor_for(states: Sequence[TrainState]) -> ManyExecutor:
        from ftcli.engine.executors import executor_of_many

        return executor_of_many(states, observer.about_data, places=places)

    return drive_in_waves(trainings, executor_for, that_fit)


def _groups(members: Sequence[Member]) -> Iterator[tuple[int, list[Member]]]:
    """Yield members that can go on after the same step, for they go in step, and that step; 0: they start anew.

    Those of one wave share checkpoints, the newest but where a process died while it wrote them; those of different
    waves may share none.
    """
    steps = {each.number: _steps_to_go_on_from(each) for each in members}
    left = list(members)
    while left:
        shared = Counter(step for each in left for step in steps[each.number])
        own = steps[left[0].number]
        step = next((step for step in own if shared[step] > 1), own[0])
        group = [each for each in left if step in steps[each.number]]
        yield step, group
        left = [each for each in left if each not in group]


def _steps_to_go_on_from(member: Member) -> list[int]:
    """Newest first."""
    whole = CheckpointStore(RunFolder(member.path).checkpoints).whole()[0] if member.resume else []
    return whole or [0]


def _places(members: Sequence[Member]) -> int:
    """Return among how many runs these have begun, where they go on; those of a race go on among fewer."""
    recorded = [RunFolder(each.path).read_status().model_extra or {} for each in members if each.resume]
    known = [together for each in recorded if isinstance(together := each.get("together"), int)]
    return max(known, default=0) if all(each.rung is None for each in members) else 0
