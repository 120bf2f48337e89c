"""Choosing the epoch whose weights are kept, and when to stop waiting for a better one."""

from __future__ import annotations

from typing import Any

from ftcli.recipes.functions import Tensors
from ftcli.tasks.metrics import METRICS


class Selection:
    """Remembers the weights with the best score so far; of equal ones, the first."""

    def __init__(self, metric: str, *, patience: int | None) -> None:
        self._metric = metric
        self._patience = patience
        self._epochs_since_best = 0
        self.best_score: float | None = None
        self.best_step = 0
        self.last_step = 0
        self.weights: Tensors | None = None

    @property
    def patience_is_over(self) -> bool:
        """Whether to stop early."""
        return self._patience is not None and self._epochs_since_best >= self._patience

    def export(self) -> dict[str, float | int | None]:
        """Return all that is remembered but the weights."""
        return {
            "score": self.best_score,
            "step": self.best_step,
            "last": self.last_step,
            "epochs_since": self._epochs_since_best,
        }

    def restore(self, numbers: dict[str, Any], weights: Tensors | None) -> None:
        """Take over what was exported."""
        self.best_score, self.best_step, self.last_step = numbers["score"], numbers["step"], numbers["last"]
        self._epochs_since_best, self.weights = numbers["epochs_since"], weights

    def pass_over(self, step: int) -> None:
        """Take note of an epoch that is not to be chosen, nor one to wait in."""
        self.last_step = step

    def consider(self, step: int, metrics: dict[str, float], weights: Tensors) -> None:
        """Compare the scores after an epoch with the best ones, and keep a copy of the weights if they are better."""
        self.last_step = step
        score = metrics[self._metric]
        if self.best_score is not None and not self._better(score):
            self._epochs_since_best += 1
            return
        self.best_score, self.best_step, self._epochs_since_best = score, step, 0
        self.weights = {name: weight.detach().clone() for name, weight in weights.items()}

    def _better(self, score: float) -> bool:
        assert self.best_score is not None
        return is_better(self._metric, score, self.best_score)


def is_better(metric: str, score: float, than: float) -> bool:
    """Whether a score is better than another."""
    return score > than if METRICS[metric].higher_is_better else score < than
