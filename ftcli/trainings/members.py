"""The runs of a study that are to be trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftcli.engine.rungs import Rung
from ftcli.errors import FtcliError, UsageError
from ftcli.settings.train import Differing, TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.load import load_dataset
from ftcli.trainings.outcome import Outcome
from ftcli.trainings.single import TrainResult


@dataclass(frozen=True)
class Member:
    """One run of a study that is to be trained, or to go on; its settings name the one seed, or fold."""

    settings: TrainSettings
    path: Path
    resume: bool = False
    rung: Rung | None = None
    unit: Differing = "seed"

    @property
    def number(self) -> int:
        """The run's seed, or its fold."""
        return self.settings.seed if self.unit == "seed" else self.settings.fold or 0

    def data(self, shared: Dataset) -> Dataset:
        """Return what it learns from: what all runs share, or its fold."""
        return shared if self.unit == "seed" else load_dataset(self.settings)

    def ended(self, result: TrainResult | FtcliError) -> Outcome:
        """Return how it ended.

        Raises:
            UsageError: no run of the study can be trained with these settings.
        """
        if isinstance(result, UsageError):
            raise result
        return Outcome(self.number, self.path, result, self.unit)
