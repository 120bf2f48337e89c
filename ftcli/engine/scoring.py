"""What the weights of a training answer and score on its own splits."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.engine.assembly import Assembly
from ftcli.engine.pausing import Pausing
from ftcli.engine.prediction import Predictions, predicting
from ftcli.engine.state import TrainState
from ftcli.engine.training import Scores
from ftcli.recipes.functions import Tensors
from ftcli.tasks.dataset import Dataset


@dataclass(frozen=True)
class Scorer:
    """Has the model of a training answer, with any weights."""

    dataset: Dataset
    assembly: Assembly
    state: TrainState

    @property
    def selected_on(self) -> str:
        """The split that decides which weights are kept."""
        return "select" if "select" in self.assembly.splits else "dev"

    def scores(self, weights: Tensors) -> Pausing[Scores]:
        """Return the scores on the split that decides."""
        labels = self.assembly.splits[self.selected_on].labels
        assert labels is not None
        predictions = yield from self.predict(weights, self.selected_on)
        return Scores(predictions.loss(labels), predictions.metrics(labels), predictions.collapsed)

    def predict(self, weights: Tensors, split: str) -> Pausing[Predictions]:
        """Return what the model says of a split."""
        return predicting(
            self.assembly.encoder,
            weights,
            self.assembly.splits[split],
            self.dataset.kind,
            self.state.evaluation_portion,
        )
