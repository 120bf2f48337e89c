"""Settings that ask for more steps or epochs than a training has, and so do not do what they are there for."""

from __future__ import annotations

from collections.abc import Iterator

from ftcli.settings.train import TrainSettings
from ftcli.wording import counted


def longer_than_training(settings: TrainSettings, steps_per_epoch: int) -> Iterator[str]:
    """Yield a line for each such setting of a training whose epochs have so many steps."""
    steps = settings.steps(steps_per_epoch)
    if settings.warmup >= steps:
        yield (
            f"--warmup {settings.warmup:g}: the training has {counted(steps, 'step', 'steps')}, so that the rate rises "
            "to the end. Give fewer, or a share of all, such as 0.1."
        )
    evaluations = -(-steps // steps_per_epoch)
    if settings.patience is not None and settings.patience >= evaluations - 1:  # the first is the best so far
        yield (
            f"--patience {settings.patience} never stops a training with "
            f"{counted(evaluations, 'evaluation', 'evaluations')} early. Give fewer, or more --epochs."
        )
