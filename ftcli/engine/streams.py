"""Random streams: initialisation, data order and dropout each have one of their own, all from one seed."""

from __future__ import annotations

import numpy as np


def stream_seed(seed: int, purpose: str) -> int:
    """Return the seed of the stream for a purpose ("head", "order", "dropout", the name of a strategy)."""
    state = np.random.SeedSequence([seed, *purpose.encode()]).generate_state(1, np.uint64)
    return int(state[0] >> 1)
