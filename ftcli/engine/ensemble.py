"""Several models that answer together: the mean of their probabilities, or of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ftcli.calibration.threshold import Threshold, in_order
from ftcli.data.encoding import EncodedSplit
from ftcli.data.reading import Reading
from ftcli.engine.device import choose_device
from ftcli.engine.footprint import free_memory
from ftcli.engine.prediction import Predictions
from ftcli.engine.reevaluation import SavedModel
from ftcli.errors import DivergedError
from ftcli.settings.compute import ComputeSettings
from ftcli.tasks.dataset import Examples

_SHARE_OF_MEMORY = 0.5


class Ensemble:
    """One model or more of the same task, with the same tokenizer; each is calibrated by its temperature, if any.

    From ``threshold`` on their common probability gives the second of two labels, or each of several.

    All of them stay loaded where they take no more than half of the free memory; else each is loaded again for each
    call, one at a time.

    Raises:
        ModelError: a model can't be loaded, or answers another task than the first.
        RunError: the thresholds are for other labels.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        compute: ComputeSettings,
        reading: Reading,
        temperatures: Sequence[float] | None = None,
        threshold: Threshold | None = None,
    ) -> None:
        self._temperatures = dict(zip(folders, temperatures, strict=True)) if temperatures else {}
        self._folders, self._compute, self._reading = folders, compute, reading
        self._loaded: dict[Path, SavedModel] = {}
        self._keep = _size(folders) <= _SHARE_OF_MEMORY * (free_memory(choose_device(compute.device)) or 0)
        self._first = SavedModel(folders[0], compute, reading)
        self.kind, self.label_names = self._first.kind, self._first.label_names
        self._thresholds = in_order(threshold, self.label_names)

    def predict(self, examples: Examples) -> Predictions:
        """Return what they say together.

        Raises:
            DivergedError: a model's answer is no number.
        """
        split = self._first.encode(examples)
        return replace(mean([self._answers(folder, split) for folder in self._folders]), thresholds=self._thresholds)

    def _answers(self, folder: Path, split: EncodedSplit) -> Predictions:
        found = self._model(folder).predict(split, self.label_names)
        if not np.isfinite(found.logits).all():
            raise DivergedError(f"{folder}: its answers are not all finite numbers", hint="Train it anew.")
        return found.calibrated(self._temperatures[folder]) if self._temperatures else found

    def _model(self, folder: Path) -> SavedModel:
        if folder == self._folders[0]:
            return self._first
        if folder in self._loaded:
            return self._loaded[folder]
        model = SavedModel(folder, self._compute, self._reading)
        if self._keep:
            self._loaded[folder] = model
        return model


def mean(predictions: Sequence[Predictions]) -> Predictions:
    """Return the mean of values, or probabilities; as logits, of which the softmax, or the sigmoid, is that mean."""
    first, *others = predictions
    if not others:
        return first
    if first.kind == "regression":
        return Predictions(np.mean([each.logits for each in predictions], axis=0, dtype=np.float64), first.kind)
    if first.kind == "multilabel":
        share = np.mean([each.probabilities for each in predictions], axis=0, dtype=np.float64).clip(1e-9, 1 - 1e-9)
        return Predictions(np.log(share) - np.log1p(-share), first.kind)
    shares = [torch.from_numpy(each.logits).double().log_softmax(-1) for each in predictions]
    together = torch.stack(shares).logsumexp(0) - np.log(len(shares))
    return Predictions(together.numpy(), first.kind)


def _size(folders: Sequence[Path]) -> int:
    return sum(file.stat().st_size for folder in folders for file in folder.glob("*.safetensors"))
