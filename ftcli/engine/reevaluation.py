"""Judging a saved model again: one of a run, or one trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ftcli.data.encoding import encode
from ftcli.engine.assembly import longest_input
from ftcli.engine.device import choose_device
from ftcli.engine.memory import for_evaluation
from ftcli.engine.prediction import Predictions, predict
from ftcli.errors import ModelError
from ftcli.models.encoder import Encoder
from ftcli.models.loading import load_finetuned, load_tokenizer
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.tasks.dataset import Dataset, Examples


@dataclass(frozen=True)
class SavedModel:
    """A fine-tuned model in a folder, with its tokenizer."""

    folder: Path
    dataset: Dataset

    def predict(self, examples: Examples, settings: EvaluateSettings, max_length: int) -> Predictions:
        """Run the model over examples; the logits' columns are in the order of the data set's labels.

        Raises:
            ModelError: the model can't be loaded, or its outputs are not this task's labels.
        """
        if settings.threads:
            torch.set_num_threads(settings.threads)
        model = load_finetuned(self.folder).to(choose_device(settings.device))
        order = column_order(self.folder, model.config, self.dataset.label_names)
        split = encode(load_tokenizer(str(self.folder)), examples, min(max_length, longest_input(model)))
        encoder = Encoder(model)
        found = predict(encoder, encoder.weights, split, self.dataset.kind, for_evaluation(settings.eval_batch_size))
        return Predictions(found.logits[:, order], found.kind)


def column_order(folder: Path, config: Any, labels: Sequence[str]) -> list[int]:
    """Return which output of the model stands for each label: by name, or by number where it names none.

    Raises:
        ModelError: the outputs can't be matched with the labels.
    """
    outputs = [config.id2label[number] for number in range(config.num_labels)]
    if not labels and len(outputs) == 1:
        return [0]
    if sorted(outputs) == sorted(labels):
        return [outputs.index(label) for label in labels]
    if len(outputs) == len(labels) and all(name.startswith("LABEL_") for name in outputs):
        return list(range(len(labels)))
    wanted = ", ".join(labels) if labels else "a number"
    raise ModelError(
        f"{folder} does not answer this task: its outputs are {', '.join(outputs)}, the data's labels {wanted}",
        hint="Give the model and the task that belong together.",
    )
