"""How many tokens a model makes of a text, from its tokenizer alone: no torch, no transformers, no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ftcli.models.limits import file_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CHUNK = 4096


class TokenCounter:
    """Counts tokens, those that the model puts around a text included."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[tuple[str, str | None]]) -> NDArray[np.int64]:
        """Return the number of tokens of each text, or pair of texts, shape [texts]."""
        counts: list[int] = []
        for start in range(0, len(texts), _CHUNK):
            inputs = [text if pair is None else (text, pair) for text, pair in texts[start : start + _CHUNK]]
            counts += map(len, self._tokenizer.encode_batch_fast(inputs))
        return np.array(counts, np.int64)

    def count_longer(self, texts: Sequence[tuple[str, str | None]], length: int) -> NDArray[np.int64]:
        """Return the number of tokens of each text, or pair of texts; 0 for those that can't have more than ``length``.

        A character of ASCII is a token at most, and each text may begin with one more.
        """
        around = self._tokenizer.num_special_tokens_to_add(is_pair=True) + 2
        counts = np.zeros(len(texts), np.int64)
        rows = [
            row
            for row, (text, pair) in enumerate(texts)
            if len(text) + len(pair or "") + around > length or not text.isascii() or not (pair or "").isascii()
        ]
        counts[rows] = self.count([texts[row] for row in rows])
        return counts


def find_token_counter(model: str) -> TokenCounter | None:
    """Return what counts the tokens of a model; None where its tokenizer is not on this machine.

    Raises:
        UsageError: there can be no model of that name.
    """
    from tokenizers import Tokenizer

    path = file_of(model, "tokenizer.json")
    if path is None:
        return None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # a damaged file raises no better one; loading the model will say what is wrong
        return None
    return TokenCounter(tokenizer)
