"""What comes out of a training; needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.engine.speed import Speed
from ftcli.runs.calibration import Calibration
from ftcli.runs.evaluation import Evaluation


@dataclass(frozen=True)
class Trained:
    """What came out of a training: its scores on dev, and those of the last weights where others were kept."""

    evaluation: Evaluation
    last: Evaluation | None
    collapsed: bool
    steps: int
    best_step: int
    kept: str
    selected_on: str
    selected_score: float | None
    speed: Speed
    calibration: Calibration | None = None

    @property
    def train_seconds(self) -> float:
        """How long it trained, evaluation after each epoch included."""
        return self.speed.seconds
