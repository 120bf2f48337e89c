"""A data set in memory: what the readers produce and the encoder consumes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import members
from ftcli.tasks.reading.form import Form
from ftcli.tasks.texts import Texts


@dataclass(frozen=True)
class Examples:
    """The examples of one split, in the order of the file.

    ``labels`` holds class numbers, numbers of label sets (int64) or values (float32), shape [examples]; None where the
    file has no labels. ``ids`` are unique within the split and stable from run to run: the numbers of the rows in the
    file, from 0, blank ones counted, as they are in predictions. ``lines`` holds the
    line of the file that each starts on, counted from 1, where that is known. ``blank`` holds the lines of rows with
    nothing in any field, which are no examples. ``form`` is that in which the file was read.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    pairs: Sequence[str] | None
    labels: NDArray[np.int64] | NDArray[np.float32] | None
    path: Path | None = None
    lines: Sequence[int] | None = None
    blank: Sequence[int] = ()
    form: Form | None = None

    def __post_init__(self) -> None:
        """Hold the texts without a Python object each."""
        object.__setattr__(self, "texts", _compact(self.texts))
        object.__setattr__(self, "pairs", None if self.pairs is None else _compact(self.pairs))

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.int64]) -> Examples:
        """Return the examples at these rows, in this order."""
        return replace(
            self,
            ids=[self.ids[row] for row in rows],
            texts=_compact(self.texts).take(rows),
            pairs=None if self.pairs is None else _compact(self.pairs).take(rows),
            labels=None if self.labels is None else self.labels[rows],
            lines=None if self.lines is None else [self.lines[row] for row in rows],
        )


def _compact(texts: Sequence[str]) -> Texts:
    return texts if isinstance(texts, Texts) else Texts(texts)


@dataclass(frozen=True)
class Dataset:
    """The splits of a task, with what is needed to read their labels and judge a model on them.

    ``splits`` has ``train`` and ``dev``, and ``select`` (set aside from train) and ``test`` where they exist.
    ``label_names`` is in the order of the class numbers, and empty for a regression, as is ``spellings``: the labels
    as the files have them. ``bounds`` are the lowest and highest value of a regression, where it has some.
    """

    task: str
    kind: Kind
    metric: str
    label_names: tuple[str, ...]
    splits: dict[str, Examples]
    spellings: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None

    @property
    def sizes(self) -> dict[str, int]:
        """How many examples each split has."""
        return {name: len(split) for name, split in self.splits.items()}

    @property
    def pairs(self) -> bool:
        """Whether an example is a pair of texts."""
        return self.splits["train"].pairs is not None

    def has_label(self, examples: Examples) -> NDArray[np.bool_]:
        """Return which examples have which label, shape [examples, labels]; a regression has no labels."""
        if examples.labels is None or not self.label_names:
            return np.zeros((len(examples), len(self.label_names)), np.bool_)
        labels, count = examples.labels.astype(np.int64), len(self.label_names)
        return members(labels, count) if self.kind == "multilabel" else labels[:, None] == np.arange(count)

    @cached_property
    def checksum(self) -> str:
        """A checksum of all texts and labels; each run of a study asks for it."""
        digest = hashlib.sha256()
        for name in sorted(self.splits):
            split = self.splits[name]
            labels = None if split.labels is None else split.labels.tolist()
            digest.update(repr((name, list(split.texts), split.pairs and list(split.pairs), labels)).encode())
        return digest.hexdigest()
