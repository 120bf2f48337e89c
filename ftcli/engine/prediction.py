"""Running a model over a split, and judging what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.memory import Portion
from ftcli.engine.pausing import Pausing, in_one_go
from ftcli.models.encoder import Encoder
from ftcli.models.products import of_few_shapes
from ftcli.recipes.functions import Tensors
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import members, to_numbers
from ftcli.tasks.metrics import score


@dataclass(frozen=True)
class Predictions:
    """Logits [N, classes] (regression: [N, 1]) in the order of the data, and what follows from them.

    With ``thresholds`` the last of two classes is given from that probability on, or each of several labels: one for
    each of them, or one for all.
    """

    logits: NDArray[np.float32]
    kind: Kind
    thresholds: Sequence[float] | None = None

    @property
    def answers(self) -> NDArray[np.int64] | NDArray[np.float32]:
        """Class numbers, numbers of label sets, or values, [N]."""
        if self.thresholds is not None:
            return to_numbers(self.divided >= np.asarray(self.thresholds))
        if self.kind == "regression":
            return self.logits[:, 0]
        return to_numbers(self.logits > 0) if self.kind == "multilabel" else self.logits.argmax(-1)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Softmax of the logits, [N, classes]; of several labels the sigmoid, [N, labels]."""
        logits = torch.from_numpy(self.logits)
        return np.asarray(logits.sigmoid() if self.kind == "multilabel" else logits.softmax(-1))

    @property
    def divided(self) -> NDArray[np.float64]:
        """What thresholds divide, in double precision: the last class's probability, [N, 1], or each label's."""
        logits = torch.from_numpy(self.logits).double()
        return np.asarray(logits.sigmoid() if self.kind == "multilabel" else logits.softmax(-1)[:, -1:])

    def decisions(self, labels: NDArray[np.int64]) -> tuple[Predictions, NDArray[np.int64]]:
        """Return what is right or wrong by itself, with the number of what is right.

        One class an example: these predictions and labels. Several labels: a choice of two for each example and label,
        not to give it (0) or to give it (1), by logits [N * labels, 2] of which the softmax is the sigmoid.

        Args:
            labels: class numbers, or numbers of label sets, [N].
        """
        if self.kind != "multilabel":
            return self, labels
        for_it = self.logits.reshape(-1)
        of_two = np.stack([np.zeros_like(for_it), for_it], axis=-1)
        return Predictions(of_two, "classification"), members(labels, self.logits.shape[1]).reshape(-1).astype(np.int64)

    def calibrated(self, temperature: float) -> Predictions:
        """Return the same predictions with the logits divided by a temperature."""
        return replace(self, logits=self.logits / np.float32(temperature))

    @property
    def collapsed(self) -> bool:
        """Whether the same class is predicted for every example, of two or more."""
        return self.kind != "regression" and len(self.logits) > 1 and len(np.unique(self.answers)) == 1

    def loss(self, labels: NDArray[np.int64] | NDArray[np.float32]) -> float:
        """Return the mean cross-entropy, or squared error."""
        logits, target = torch.from_numpy(self.logits).double(), torch.from_numpy(labels)
        if self.kind == "regression":
            return float(F.mse_loss(logits.squeeze(-1), target.double()))
        if self.kind == "multilabel":
            has = torch.from_numpy(members(labels.astype(np.int64), logits.shape[1])).double()
            return float(F.binary_cross_entropy_with_logits(logits, has))
        return float(F.cross_entropy(logits, target))

    def metrics(self, labels: NDArray[np.int64] | NDArray[np.float32]) -> dict[str, float]:
        """Return all scores of this kind of task, by name."""
        return score(self.kind, labels, self.answers, classes=self.logits.shape[1])


def predict(encoder: Encoder, weights: Tensors, split: EncodedSplit, kind: Kind, portion: Portion) -> Predictions:
    """Run the model with these weights over a split.

    Raises:
        OutOfMemoryError: there is no room for a single example.
    """
    return in_one_go(predicting(encoder, weights, split, kind, portion))


def predicting(
    encoder: Encoder, weights: Tensors, split: EncodedSplit, kind: Kind, portion: Portion
) -> Pausing[Predictions]:
    """Do the same with a pause after each batch."""
    device = next(iter(weights.values())).device

    def run(inputs: Tensors) -> NDArray[np.float32]:
        with torch.inference_mode():  # here, since it would be left on in a pause
            logits = encoder.forward(weights, {name: value.to(device) for name, value in inputs.items()}).logits
            return np.asarray(logits.float().cpu())

    training = encoder.training
    encoder.train(False)
    try:
        logits = yield from _logits_of(split, run, portion)
    finally:
        encoder.train(training)
    return Predictions(logits, kind)


def logits_of(
    split: EncodedSplit, run: Callable[[Tensors], NDArray[np.float32]], portion: Portion
) -> NDArray[np.float32]:
    """Return what ``run`` makes of a split's batches, in the order of the data; the mean over a text's windows.

    They are sorted by length, so that next to nothing is padded.

    Raises:
        OutOfMemoryError: there is no room for a single example.
    """
    return in_one_go(_logits_of(split, run, portion))


def _logits_of(
    split: EncodedSplit, run: Callable[[Tensors], NDArray[np.float32]], portion: Portion
) -> Pausing[NDArray[np.float32]]:
    order, longest = np.argsort(split.lengths, kind="stable"), int(split.lengths.max())
    found: list[NDArray[np.float32]] = []

    def following(rows: int) -> NDArray[np.float32]:
        done = sum(map(len, found))
        chosen = order[done : done + rows]
        return run(split.batch(chosen, min(longest, of_few_shapes(int(split.lengths[chosen[-1]])))).inputs)

    while sum(map(len, found)) < len(order):
        found.append(portion.fit(following))
        yield
    in_order = np.concatenate(found)
    unsorted = np.empty_like(in_order)
    unsorted[order] = in_order
    return split.pooled(unsorted)
