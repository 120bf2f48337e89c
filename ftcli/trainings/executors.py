"""How the runs of a study are trained: in processes side by side, in turn, or in the same steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ftcli.errors import UsageError
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.trainings.in_process import train_in_turn, train_together
from ftcli.trainings.members import Member
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import Outcome
from ftcli.trainings.processes import train_in_processes

StudyExecutor = Callable[[Sequence[Member], Dataset, StudyObserver], list[Outcome]]


def chosen_executor(settings: TrainSettings) -> str:
    """Return how the runs of a study are trained.

    Raises:
        UsageError: folds, or a model that can't be, are to be trained in the same steps, or there is no such device.
        ModelError: the model can't be found or read.
    """
    if settings.executor == "vmap" and settings.differing == "fold":
        raise UsageError(
            "--executor vmap: folds learn from different examples, and can't be trained in the same steps",
            hint="Leave it out.",
        )
    if settings.executor == "vmap":
        _refuse_unmappable(settings.model)
    named = settings.executor != "auto"
    if named and settings.executor != "graph" and settings.device != "cuda":
        return settings.executor
    from ftcli.engine.device import device_for_training

    device = device_for_training(settings.device, settings.executor)
    if named:
        return settings.executor
    return _on_gpu(settings) if device.type == "cuda" else "processes"


def _refuse_unmappable(model: str) -> None:
    from ftcli.engine.stacked import refuse_unmappable
    from ftcli.models.loading import family_of

    refuse_unmappable(family_of(model))


def _on_gpu(settings: TrainSettings) -> str:
    from ftcli.engine.optimizer import can_be_recorded
    from ftcli.engine.stacked import can_be_mapped
    from ftcli.models.loading import family_of

    if settings.differing == "seed" and can_be_mapped(family_of(settings.model)):
        return "vmap"
    return "graph" if can_be_recorded(settings.optimizer) else "eager"


def executor_of(settings: TrainSettings) -> StudyExecutor:
    """Return what trains the runs of a study: in turn, where its file names no other."""
    executors = {"processes": train_in_processes, "vmap": train_together}
    return executors.get(settings.executor, train_in_turn)
