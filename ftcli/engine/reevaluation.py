"""Judging a saved model again: one of a run, or one trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ftcli.data.encoding import EncodedSplit, encode
from ftcli.data.reading import Reading
from ftcli.engine.assembly import longest_input
from ftcli.engine.device import choose_device, use_threads
from ftcli.engine.memory import for_evaluation
from ftcli.engine.prediction import Predictions, predict
from ftcli.errors import ModelError
from ftcli.models.encoder import Encoder
from ftcli.models.loading import PROBLEM_TYPES, load_finetuned, load_tokenizer
from ftcli.settings.compute import ComputeSettings
from ftcli.tasks.dataset import Examples
from ftcli.tasks.kind import Kind


class SavedModel:
    """A fine-tuned model in a folder, with its tokenizer, which reads texts in a given way.

    Raises:
        ModelError: it can't be loaded.
    """

    def __init__(self, folder: Path, compute: ComputeSettings, reading: Reading) -> None:
        use_threads(compute.threads)
        model = load_finetuned(folder).to(choose_device(compute.device))
        self.folder = folder
        self._encoder = Encoder(model)
        self._tokenizer = load_tokenizer(str(folder))
        self._reading = reading.within(longest_input(model))
        self._portion = for_evaluation(compute.eval_batch_size)

    @property
    def label_names(self) -> tuple[str, ...]:
        """What its outputs stand for, in their order; empty where the one output is a number."""
        config: Any = self._encoder.model.config
        return () if config.num_labels == 1 else tuple(config.id2label[number] for number in range(config.num_labels))

    @property
    def kind(self) -> Kind:
        """What its outputs are: a class, a set of labels, or a number."""
        return kind_of(self._encoder.model.config)

    def encode(self, examples: Examples) -> EncodedSplit:
        """Return the examples as the model's tokens."""
        return encode(self._tokenizer, examples, self._reading)

    def predict(self, split: EncodedSplit, label_names: Sequence[str]) -> Predictions:
        """Run the model over encoded examples; the logits' columns are in the order of these labels (none: a number).

        Raises:
            ModelError: its outputs are not these labels.
        """
        order = column_order(self.folder, self._encoder.model.config, label_names)
        found = predict(self._encoder, self._encoder.weights, split, self.kind, self._portion)
        return Predictions(found.logits[:, order], self.kind)


def kind_of(config: Any) -> Kind:
    """Return what the outputs of a model are, by its configuration."""
    if config.num_labels == 1:
        return "regression"
    return "multilabel" if config.problem_type == PROBLEM_TYPES["multilabel"] else "classification"


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
