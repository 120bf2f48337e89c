"""What blocks that rest make of the training examples: computed once, before the first step that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ftcli.data.encoding import EncodedSplit
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Tensors

MOST_BYTES = 2 * 2**30


def with_activations(split: EncodedSplit, encoder: Encoder, weights: Tensors, batch_size: int) -> EncodedSplit:
    """Return the split with the ``hidden`` of each token, or as it is where nothing rests or too much would be kept."""
    if not encoder.keeps_activations or _bytes(split, encoder) > MOST_BYTES:
        return split
    like = next(iter(weights.values()))
    hidden = torch.empty(len(split.ids), encoder.width, dtype=like.dtype)
    training = encoder.training
    encoder.train(False)
    with torch.no_grad():
        for rows in _rows(split, batch_size):
            inputs = {name: value.to(like.device) for name, value in split.batch(rows).inputs.items()}
            found = encoder.activations(weights, inputs)
            hidden[_places(split, rows)] = found[inputs["attention_mask"].bool()].cpu()
    encoder.train(training)
    return replace(split, hidden=hidden)


def _bytes(split: EncodedSplit, encoder: Encoder) -> int:
    return len(split.ids) * encoder.width * torch.finfo(torch.get_default_dtype()).bits // 8


def _rows(split: EncodedSplit, batch_size: int) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(split.lengths, kind="stable")
    yield from np.split(order, range(batch_size, len(order), batch_size))


def _places(split: EncodedSplit, rows: NDArray[np.int64]) -> torch.Tensor:
    """Return where the tokens of these rows lie in the flat array."""
    return torch.from_numpy(np.concatenate([np.arange(split.starts[row], split.starts[row + 1]) for row in rows]))
