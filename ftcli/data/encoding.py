"""Texts as token numbers: one flat array for a whole split, no Python object a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.data.reading import Places, Reading
from ftcli.recipes.functions import Batch
from ftcli.tasks.dataset import Examples

_CHUNK = 4096
Rows = Sequence[Sequence[int]]


@dataclass(frozen=True)
class EncodedSplit:
    """The token numbers of N examples, in R rows one after the other: a row each, or one for each window of its text.

    Row r is ``ids[starts[r]:starts[r + 1]]``; ``types`` tells the texts of a pair apart, where the model asks
    for it. ``owners`` [R] says which example each row is a window of, in order; absent: row r is example r.
    ``labels`` [N] are class numbers (int64) or values (float32), or absent. ``hidden`` [tokens, width] is what
    blocks that rest make of each token, where that is kept.
    """

    ids: NDArray[np.int32]
    types: NDArray[np.int8] | None
    starts: NDArray[np.int64]
    labels: NDArray[np.int64] | NDArray[np.float32] | None
    pad_id: int
    hidden: Tensor | None = None
    owners: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, [R]."""
        return np.diff(self.starts)

    @cached_property
    def first_rows(self) -> NDArray[np.int64]:
        """The row that each example starts with, [N], and R at the end."""
        if self.owners is None:
            return np.arange(len(self) + 1)
        return np.concatenate([[0], np.cumsum(np.bincount(self.owners))])

    def pooled(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the logits of each example, [N, classes], from those of the rows: the mean over its windows."""
        if self.owners is None:
            return logits
        total: NDArray[np.float32] = np.add.reduceat(logits, self.first_rows[:-1])
        return (total / np.diff(self.first_rows)[:, None]).astype(np.float32)

    def take(self, rows: NDArray[np.int64]) -> EncodedSplit:
        """Return a split of these rows alone, in this order, each an example of its own."""
        places = np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in rows])
        return replace(
            self,
            ids=self.ids[places],
            types=None if self.types is None else self.types[places],
            starts=np.cumsum([0, *self.lengths[rows]]),
            labels=None if self.labels is None else self.labels[self._examples(rows)],
            owners=None,
            hidden=None if self.hidden is None else self.hidden[torch.from_numpy(places)],
        )

    def batch(self, rows: NDArray[np.int64], length: int | None = None) -> Batch:
        """Return these rows padded on the right to ``length`` tokens, or to the longest of them.

        Rows without labels get the label 0.
        """
        lengths = self.lengths[rows]
        columns = np.arange(length or lengths.max())
        within = columns < lengths[:, None]
        places = np.where(within, self.starts[rows][:, None] + columns, 0)
        inputs = {
            "input_ids": torch.from_numpy(np.where(within, self.ids[places], self.pad_id).astype(np.int64)),
            "attention_mask": torch.from_numpy(within.astype(np.int64)),
        }
        if self.types is not None:
            inputs["token_type_ids"] = torch.from_numpy(np.where(within, self.types[places], 0).astype(np.int64))
        if self.hidden is not None:
            inputs["hidden_states"] = self.hidden[torch.from_numpy(places)] * torch.from_numpy(within).unsqueeze(-1)
        labels = np.zeros(len(rows), dtype=np.int64) if self.labels is None else self.labels[self._examples(rows)]
        return Batch(inputs, torch.from_numpy(labels))

    def _examples(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows if self.owners is None else self.owners[rows]


def encode(tokenizer: Any, examples: Examples, reading: Reading) -> EncodedSplit:
    """Tokenise a split; of texts that are too long, what ``reading`` says is kept."""
    tokenizer.truncation_side = "left" if reading.truncation == "left" else "right"
    ids, types, lengths, pieces = [], [], [], []
    for start in range(0, len(examples), _CHUNK):
        encoded = tokenizer(
            list(examples.texts[start : start + _CHUNK]),
            None if examples.pairs is None else list(examples.pairs[start : start + _CHUNK]),
            truncation=reading.cuts_one_end,
            max_length=reading.max_length if reading.cuts_one_end else None,
            padding=False,
            return_attention_mask=False,
            verbose=False,
        )
        rows = {name: encoded[name] for name in ("input_ids", "token_type_ids") if name in encoded}
        if not reading.cuts_one_end:
            rows, counts = _in_pieces(encoded, rows, reading)
            pieces.append(counts)
        ids.append(_flat(rows["input_ids"], np.int32))
        lengths.append(np.array([len(row) for row in rows["input_ids"]], dtype=np.int64))
        if "token_type_ids" in rows:
            types.append(_flat(rows["token_type_ids"], np.int8))
    windows = np.concatenate(pieces) if reading.stride else None
    return EncodedSplit(
        ids=np.concatenate(ids),
        types=np.concatenate(types) if types else None,
        starts=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
        labels=examples.labels,
        pad_id=tokenizer.pad_token_id or 0,
        owners=None if windows is None else np.repeat(np.arange(len(windows)), windows),
    )


def _in_pieces(encoded: Any, rows: dict[str, Rows], reading: Reading) -> tuple[dict[str, Rows], NDArray[np.int64]]:
    """Return the pieces of rows that are too long in place of these, and how many there are of each row."""
    places: list[list[Places] | None] = []
    for number, row in enumerate(rows["input_ids"]):
        if len(row) <= reading.max_length:
            places.append(None)
        else:
            texts = [-1 if text is None else text for text in encoded.sequence_ids(number)]
            places.append(list(reading.pieces(np.array(texts))))

    def cut(values: Rows) -> Rows:
        return [piece for row, at in zip(values, places, strict=True) for piece in _picked(row, at)]

    return {name: cut(values) for name, values in rows.items()}, np.array([len(at) if at else 1 for at in places])


def _picked(row: Sequence[int], places: list[Places] | None) -> list[Sequence[int]]:
    return [row] if places is None else [[row[place] for place in piece] for piece in places]


def _flat(rows: Rows, dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return np.fromiter(chain.from_iterable(rows), dtype=dtype)
