"""Texts made of a tokenizer's own words, for when there is no data."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.tasks.dataset import Examples


def invented_texts(tokenizer: Any, *, rows: int, longest: int, pairs: bool, seed: int = 0) -> Examples:
    """Return texts of random tokens, from one token to ``longest``, without labels."""
    rng = np.random.default_rng(seed)
    words = np.setdiff1d(np.arange(len(tokenizer)), tokenizer.all_special_ids)

    def texts() -> list[str]:
        lengths = rng.integers(1, longest + 1, rows)
        return [tokenizer.decode(rng.choice(words, length)) for length in lengths]

    return Examples([str(row) for row in range(rows)], texts(), texts() if pairs else None, None)
