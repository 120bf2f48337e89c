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

from ftcli.recipes.functions import Batch
from ftcli.tasks.dataset import Examples

_CHUNK = 4096


@dataclass(frozen=True)
class EncodedSplit:
    """The token numbers of N texts, one after the other.

    Row r is ``ids[starts[r]:starts[r + 1]]``; ``types`` tells the texts of a pair apart, where the model asks
    for it. ``labels`` [N] are class numbers (int64) or values (float32), or absent. ``hidden`` [tokens, width] is what
    blocks that rest make of each token, where that is kept.
    """

    ids: NDArray[np.int32]
    types: NDArray[np.int8] | None
    starts: NDArray[np.int64]
    labels: NDArray[np.int64] | NDArray[np.float32] | None
    pad_id: int
    hidden: Tensor | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, [N]."""
        return np.diff(self.starts)

    def take(self, rows: NDArray[np.int64]) -> EncodedSplit:
        """Return a split of these rows alone, in this order."""
        places = np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in rows])
        return replace(
            self,
            ids=self.ids[places],
            types=None if self.types is None else self.types[places],
            starts=np.cumsum([0, *self.lengths[rows]]),
            labels=None if self.labels is None else self.labels[rows],
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
        labels = np.zeros(len(rows), dtype=np.int64) if self.labels is None else self.labels[rows]
        return Batch(inputs, torch.from_numpy(labels), torch.ones(len(rows)))


def encode(tokenizer: Any, examples: Examples, max_length: int) -> EncodedSplit:
    """Tokenise a split, cutting each text (of a pair: the longer one) so that it has ``max_length`` tokens."""
    ids, types, lengths = [], [], []
    for start in range(0, len(examples), _CHUNK):
        encoded = tokenizer(
            list(examples.texts[start : start + _CHUNK]),
            None if examples.pairs is None else list(examples.pairs[start : start + _CHUNK]),
            truncation=True,
            max_length=max_length,
            padding=False,
            return_attention_mask=False,
        )
        ids.append(_flat(encoded["input_ids"], np.int32))
        lengths.append(np.array([len(row) for row in encoded["input_ids"]], dtype=np.int64))
        if "token_type_ids" in encoded:
            types.append(_flat(encoded["token_type_ids"], np.int8))
    return EncodedSplit(
        ids=np.concatenate(ids),
        types=np.concatenate(types) if types else None,
        starts=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]),
        labels=examples.labels,
        pad_id=tokenizer.pad_token_id or 0,
    )


def _flat(rows: Sequence[Sequence[int]], dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return np.fromiter(chain.from_iterable(rows), dtype=dtype)
