"""What comes out of a training; needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.runs.evaluation import Evaluation


@dataclass(frozen=True)
class Trained:
    """What came out of a training: its scores on dev, and those of the last weights where others were kept."""

    evaluation: Evaluation
    last: Evaluation | None
    collapsed: bool
    steps: int
    best_step: int
    train_seconds: float
    kept: str
    selected_on: str
