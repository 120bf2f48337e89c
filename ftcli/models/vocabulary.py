"""Training only the rows of the embedding table that the data uses.

A small data set uses a fifth of a vocabulary, but the gradient of the whole table is filled with zeros and its
optimizer state is swept at each step. The other rows are not lost: a row whose gradient is always 0 is moved by
weight decay alone, so that it stays a multiple of what it was. A scalar parameter beside the table, which starts at
1 and whose gradient is always 0 too, goes through the same optimizer, the same decay and the same averages, and so
is that multiple at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ftcli.data.encoding import EncodedSplit
from ftcli.recipes.functions import Tensors

_WITNESS = "unused_rows"


class CompactVocabulary:
    """Takes the unused rows out of a model's word embeddings, in place, and puts them back at the end.

    Holds for updates that treat rows separately; an update that looks at the table as a whole would not see
    the rows that are taken out. ``whole`` reads the table again, so that nothing holds it while the rest is trained.
    """

    def __init__(self, model: nn.Module, used: NDArray[np.int64], pad_id: int, whole: Callable[[], Tensor]) -> None:
        self._embedding: nn.Embedding = _embedding_of(model)
        self._name = next(name for name, module in model.named_modules() if module is self._embedding)
        self._whole = whole
        full = self._embedding.weight.detach()
        self._vocabulary = len(full)
        # Numbers up to the padding's stay as they are: RoBERTa derives positions from it.
        self._used = np.union1d(used, np.arange(pad_id + 1))
        self._embedding.weight = nn.Parameter(full[torch.from_numpy(self._used)])
        self._embedding.register_parameter(_WITNESS, nn.Parameter(torch.ones(())))

    @property
    def rows(self) -> int:
        """Rows that are trained."""
        return len(self._used)

    def renumber(self, split: EncodedSplit) -> EncodedSplit:
        """Return a split with each token's number in the compact table; all must be in use."""
        numbers = np.full(self._vocabulary, -1, dtype=np.int32)
        numbers[self._used] = np.arange(self.rows)
        return replace(split, ids=numbers[split.ids])

    def expand(self, weights: Tensors) -> Tensors:
        """Return the weights with the whole table, as training would have left it.

        Raises:
            ModelError: the table can't be read any more.
        """
        weights = dict(weights)
        share = weights.pop(f"{self._name}.{_WITNESS}")
        compact = weights[f"{self._name}.weight"]
        full = self._whole().to(compact.device).mul_(share)
        full[torch.from_numpy(self._used).to(compact.device)] = compact
        return weights | {f"{self._name}.weight": full}


def _embedding_of(model: Any) -> nn.Embedding:
    embedding = model.get_input_embeddings()
    assert isinstance(embedding, nn.Embedding)
    return embedding
