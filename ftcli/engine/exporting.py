"""Writing a run's model for programs without torch, and holding what was written against the model itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ftcli.data.encoding import EncodedSplit, encode
from ftcli.data.invented import invented_texts
from ftcli.data.reading import Reading
from ftcli.engine.assembly import longest_input
from ftcli.engine.device import use_threads
from ftcli.engine.memory import for_evaluation
from ftcli.engine.prediction import Predictions, logits_of
from ftcli.engine.reevaluation import column_order, kind_of
from ftcli.errors import ModelError
from ftcli.models.loading import load_finetuned, load_tokenizer
from ftcli.models.onnx import OnnxModel, write_graph, write_quantized
from ftcli.tasks.dataset import Dataset, Examples

_BATCH, _INVENTED = 64, 200

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Agreement:
    """How far a written model is from the run's own.

    ``largest_difference`` is that of a logit, ``largest_logit`` the largest absolute one; ``other_answers`` counts
    the examples for which another label is the likeliest. ``score`` is that of the task, where there are labels.
    """

    file: str
    bytes: int
    largest_difference: float
    largest_logit: float
    other_answers: int
    score: float | None

    @property
    def share(self) -> float:
        """The largest difference as a share of the largest logit, or of 1, if that is smaller."""
        return self.largest_difference / max(1.0, self.largest_logit)

    def as_json(self) -> dict[str, Any]:
        """Return what ``export.json`` holds of it."""
        return asdict(self)


class Exporter:
    """A fine-tuned model on the CPU, with the texts that what is written is tried on.

    Args:
        folder: the model.
        dataset: its dev set is what is tried; None: invented texts are, in pairs where ``pairs`` says so.
        reading: how texts are read.
        threads: of the processor; 0 leaves the choice to the libraries.

    Raises:
        ModelError: the model can't be loaded, or does not answer the data's task.
    """

    def __init__(self, folder: Path, dataset: Dataset | None, *, reading: Reading, pairs: bool, threads: int) -> None:
        use_threads(threads)
        self._threads = threads
        self.model: Any = load_finetuned(folder).eval()
        self.tokenizer = load_tokenizer(str(folder))
        self.kind = kind_of(self.model.config)
        self._order = column_order(folder, self.model.config, dataset.label_names) if dataset else None
        self._dataset = dataset
        reading = reading.within(longest_input(self.model))
        self._examples: Examples = (
            dataset.splits["dev"]
            if dataset
            else invented_texts(self.tokenizer, rows=_INVENTED, longest=reading.max_length, pairs=pairs)
        )
        self._split = encode(self.tokenizer, self._examples, reading)
        self._own = self._logits_of_model()
        self.score = self._score(self._own)

    @property
    def examples(self) -> int:
        """How many texts it is tried on."""
        return len(self._examples)

    def write(self, path: Path) -> Agreement:
        """Write the graph."""
        write_graph(self.model, _sample(self._split), path)
        return self._compare(path)

    def quantize(self, graph: Path, path: Path) -> Agreement:
        """Write the graph with weights of 8 bits."""
        write_quantized(graph, path)
        return self._compare(path)

    def save_beside(self, folder: Path) -> None:
        """Write configuration and tokenizer."""
        self.model.config.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def _compare(self, path: Path) -> Agreement:
        graph = OnnxModel(path, threads=self._threads)
        found = logits_of(self._split, graph.logits, for_evaluation(_BATCH))
        return Agreement(
            file=path.name,
            bytes=sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")),
            largest_difference=float(np.abs(found - self._own).max()),
            largest_logit=float(np.abs(self._own).max()),
            other_answers=self._other_answers(found),
            score=self._score(found),
        )

    def _logits_of_model(self) -> Logits:
        # As transformers runs it, without what the engine does to be quicker.
        with torch.inference_mode():
            return logits_of(self._split, lambda inputs: self.model(**inputs).logits.numpy(), for_evaluation(_BATCH))

    def _other_answers(self, logits: Logits) -> int:
        if self.kind == "regression":
            return 0
        return int((Predictions(logits, self.kind).answers != Predictions(self._own, self.kind).answers).sum())

    def _score(self, logits: Logits) -> float | None:
        labels = self._examples.labels
        if self._dataset is None or self._order is None or labels is None:
            return None
        return Predictions(logits[:, self._order], self.kind).metrics(labels)[self._dataset.metric]


def refuse_if_apart(found: Agreement, tolerance: float) -> None:
    """Check that a graph does what the model does.

    Raises:
        ModelError: a logit lies farther from the model's own than the tolerance allows.
    """
    if not found.share <= tolerance:  # so that it holds for what is not a number, too
        raise ModelError(
            f"the exported model does not do what the run's own does: logits differ by up to "
            f"{found.largest_difference:.2g} (of {found.largest_logit:.2g}), allowed is a share of {tolerance:g}; "
            "nothing was written",
            hint="If that is near enough for you, allow more with --tolerance.",
        )


def _sample(split: EncodedSplit) -> dict[str, torch.Tensor]:
    """Return the arguments of a batch of two: one row alone would count as a batch that is always one."""
    longest = np.argsort(split.lengths, kind="stable")[-2:]
    return split.batch(np.resize(longest, 2)).inputs
