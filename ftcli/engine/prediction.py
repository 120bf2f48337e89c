"""Running a model over a split, and judging what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.memory import Portion
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Tensors
from ftcli.tasks.metrics import score
from ftcli.tasks.task import Kind


@dataclass(frozen=True)
class Predictions:
    """Logits [N, classes] (regression: [N, 1]) in the order of the data, and what follows from them."""

    logits: NDArray[np.float32]
    kind: Kind

    @property
    def answers(self) -> NDArray[np.int64] | NDArray[np.float32]:
        """Class numbers or values, [N]."""
        return self.logits[:, 0] if self.kind == "regression" else self.logits.argmax(-1)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Softmax of the logits, [N, classes]."""
        return np.asarray(torch.from_numpy(self.logits).softmax(-1))

    @property
    def collapsed(self) -> bool:
        """Whether the same class is predicted for every example, of two or more."""
        return self.kind == "classification" and len(self.logits) > 1 and len(np.unique(self.answers)) == 1

    def loss(self, labels: NDArray[np.int64] | NDArray[np.float32]) -> float:
        """Return the mean cross-entropy, or squared error."""
        logits, target = torch.from_numpy(self.logits).double(), torch.from_numpy(labels)
        if self.kind == "regression":
            return float(F.mse_loss(logits.squeeze(-1), target.double()))
        return float(F.cross_entropy(logits, target))

    def metrics(self, labels: NDArray[np.int64] | NDArray[np.float32]) -> dict[str, float]:
        """Return all scores of this kind of task, by name."""
        return score(self.kind, labels, self.answers, classes=self.logits.shape[1])


def predict(encoder: Encoder, weights: Tensors, split: EncodedSplit, kind: Kind, portion: Portion) -> Predictions:
    """Run the model with these weights over a split, sorted by length so that next to nothing is padded.

    Raises:
        OutOfMemoryError: there is no room for a single example.
    """
    device = next(iter(weights.values())).device
    order = np.argsort(split.lengths, kind="stable")
    found: list[NDArray[np.float32]] = []
    training = encoder.training
    encoder.train(False)

    def following(rows: int) -> NDArray[np.float32]:
        done = sum(map(len, found))
        inputs = split.batch(order[done : done + rows]).inputs
        logits = encoder.forward(weights, {name: value.to(device) for name, value in inputs.items()}).logits
        return np.asarray(logits.float().cpu())

    with torch.inference_mode():
        while sum(map(len, found)) < len(order):
            found.append(portion.fit(following))
    encoder.train(training)
    in_order = np.concatenate(found)
    unsorted = np.empty_like(in_order)
    unsorted[order] = in_order
    return Predictions(unsorted, kind)
