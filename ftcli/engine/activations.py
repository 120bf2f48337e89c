"""What blocks that rest make of the training examples: computed once, before the first step that needs it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.data.encoding import EncodedSplit
from ftcli.engine.memory import Portion
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Tensors

MOST_BYTES = 2 * 2**30


def with_activations(split: EncodedSplit, encoder: Encoder, weights: Tensors, portion: Portion) -> EncodedSplit:
    """Return the split with the ``hidden`` of each token, or as it is where nothing rests or too much would be kept."""
    if not encoder.keeps_activations or not fits(split, encoder):
        return split
    like = next(iter(weights.values()))
    hidden = torch.empty(len(split.ids), encoder.width, dtype=like.dtype)
    order = np.argsort(split.lengths, kind="stable")
    training = encoder.training
    encoder.train(False)

    def following(rows: int) -> tuple[NDArray[np.int64], Tensor]:
        inputs = {name: value.to(like.device) for name, value in split.batch(order[:rows]).inputs.items()}
        return order[:rows], encoder.activations(weights, inputs)[inputs["attention_mask"].bool()].cpu()

    with torch.no_grad():
        while len(order):
            rows, found = portion.fit(following)
            hidden[_places(split, rows)] = found
            order = order[len(rows) :]
    encoder.train(training)
    return replace(split, hidden=hidden)


def fits(split: EncodedSplit, encoder: Encoder) -> bool:
    """Whether a split is small enough for what is made of its tokens to be kept."""
    return len(split.ids) * encoder.width * torch.finfo(torch.get_default_dtype()).bits // 8 <= MOST_BYTES


def _places(split: EncodedSplit, rows: NDArray[np.int64]) -> Tensor:
    """Return where the tokens of these rows lie in the flat array."""
    return torch.from_numpy(np.concatenate([np.arange(split.starts[row], split.starts[row + 1]) for row in rows]))
