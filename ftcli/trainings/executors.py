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
        UsageError: folds are to be trained in the same steps, or there is no such device.
    """
    if settings.executor == "vmap" and settings.differing == "fold":
        raise UsageError(
            "--executor vmap: folds learn from different examples, and can't be trained in the same steps",
            hint="Leave it out.",
        )
    if settings.executor not in ("auto", "graph") and settings.device != "cuda":
        return settings.executor
    from ftcli.engine.device import device_for_training

    on_gpu = device_for_training(settings.device, settings.executor).type == "cuda"
    if settings.executor != "auto":
        return settings.executor
    return "processes" if not on_gpu else "eager" if settings.differing == "fold" else "vmap"


def executor_of(settings: TrainSettings) -> StudyExecutor:
    """Return what trains the runs of a study: in turn, where its file names no other."""
    executors = {"processes": train_in_processes, "vmap": train_together}
    return executors.get(settings.executor, train_in_turn)
