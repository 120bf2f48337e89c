"""One number that all logits are divided by, so that probabilities are what they say (Guo et al. 2017, 1706.04599)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.1, 10.0
"""Where few examples are answered wrongly, or nearly all, the likelihood is best at no temperature that makes sense."""

Logits = NDArray[np.float32] | NDArray[np.float64]


def fit_temperature(logits: Logits, labels: NDArray[np.int64]) -> float:
    """Return the temperature under which the labels are most likely; 1 where no other is better.

    Args:
        logits: finite numbers, shape [examples, classes], of examples that the model was not trained on.
        labels: class numbers, shape [examples].
    """
    from scipy.optimize import minimize_scalar

    def loss(logarithm: float) -> float:
        return negative_log_likelihood(logits, labels, math.exp(logarithm))

    bounds = (math.log(LOWEST), math.log(HIGHEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return math.exp(found.x) if found.fun < loss(0.0) else 1.0


def is_at_bound(temperature: float) -> bool:
    """Whether there was too little to fit it on."""
    return not LOWEST * 1.001 < temperature < HIGHEST / 1.001


def negative_log_likelihood(logits: Logits, labels: NDArray[np.int64], temperature: float = 1.0) -> float:
    """Return the mean cross-entropy of the labels, in nats."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(-1, keepdims=True)
    right = scaled[np.arange(len(labels)), labels]
    return float((np.log(np.exp(scaled).sum(-1)) - right).mean())
