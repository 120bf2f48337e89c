"""What a training, a study or several studies take, measured and extrapolated before any of it starts."""

from __future__ import annotations

from ftcli.engine.budget import Budget, Cost, for_seeds
from ftcli.settings.train import TrainSettings
from ftcli.trainings.executors import chosen_executor
from ftcli.trainings.processes import share_cores


def way(settings: TrainSettings) -> tuple[int, str, int, TrainSettings]:
    """Return how many seeds or folds there are, their executor, how many run side by side, and the settings of each."""
    if settings.differing is None:
        return 1, "eager", 1, settings
    seeds, executor = len(settings.numbers), chosen_executor(settings)
    if executor != "processes":
        return seeds, executor, 1, settings
    workers, threads = share_cores(seeds, settings.threads)
    return seeds, executor, workers, settings.model_copy(update={"threads": threads})


def budget(settings: TrainSettings, cost: Cost) -> Budget:
    """Return what all seeds take, where one takes as much as this."""
    seeds, executor, workers, _ = way(settings)
    return for_seeds(cost, seeds, executor, workers)
