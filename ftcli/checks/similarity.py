"""Finding texts that are nearly the same among many, in time that grows with their number and not with its square.

The likeness of two texts is the Jaccard index of their sets of five-character sequences. Texts that may be alike are
found by MinHash signatures in bands (Broder 1997, "On the resemblance and containment of documents"; Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3); what counts is then the index itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.8
LONGEST = 1000
"""Characters of a text that are looked at."""
_WINDOW = 5
_BANDS, _ROWS = 12, 5  # at an index of 0.8 a pair is found with a probability of 0.99, at 0.9 of 0.99999
_MOST_CANDIDATES = 8  # a band
_MOST_CHARACTERS = 2**18  # hashed at once

Hashes = NDArray[np.uint64]


class Twin(NamedTuple):
    """A row, the row of the index that it resembles, and how much."""

    row: int
    other: int
    likeness: float


class NearIndex:
    """Finds which of many texts resemble others.

    Args:
        texts: those to be found, normalised.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._signatures = signatures(texts) if texts else None

    def twins(self, texts: Sequence[str], threshold: float = THRESHOLD) -> list[Twin]:
        """Return for each text that resembles one of the index the one that it resembles most (one of them in a tie).

        Args:
            texts: normalised texts.
            threshold: the least Jaccard index; at 1 texts have the same sequences.
        """
        if not texts or self._signatures is None:
            return []
        candidates = _candidates(signatures(texts), self._signatures)
        found = (_best(row, texts[row], rows, self._texts) for row, rows in candidates.items())
        return [twin for twin in found if twin.likeness >= threshold]


def likeness(text: str, other: str) -> float:
    """Return the Jaccard index of two texts' sequences: 1 where they are the same, 0 where they share none."""
    ours, theirs = sequences(text), sequences(other)
    return len(ours & theirs) / len(ours | theirs)


def sequences(text: str) -> set[str]:
    """Return all sequences of five characters; of a shorter text, the text itself, filled up."""
    padded = _padded(text)
    return {padded[start : start + _WINDOW] for start in range(len(padded) - _WINDOW + 1)}


def signatures(texts: Sequence[str]) -> Hashes:
    """Return the MinHash signature of each text, shape [texts, bands, rows]."""
    padded = [_padded(text) for text in texts]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    chunk = np.cumsum(lengths) // _MOST_CHARACTERS
    parts = [padded[start:end] for start, end in _runs(chunk)]
    return np.concatenate([_signatures(part) for part in parts]).reshape(-1, _BANDS, _ROWS)


def _signatures(padded: Sequence[str]) -> Hashes:
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    powers = _odd_numbers(_WINDOW, stream=0)
    windows = len(letters) - _WINDOW + 1
    hashes = sum((letters[i : i + windows] * powers[i] for i in range(_WINDOW)), np.zeros(windows, np.uint64))
    hashes = (hashes ^ (hashes >> np.uint64(31))) * powers[0]
    ends = np.cumsum(lengths)
    within = np.ones(len(letters), bool)
    for back in range(1, _WINDOW):
        within[ends - back] = False  # a sequence that starts there reaches into the next text
    starts = np.concatenate([[0], np.cumsum(lengths - _WINDOW + 1)[:-1]])
    hashes = hashes[within[:windows]]
    minima = [np.minimum.reduceat(_mixed(hashes, factor), starts) for factor in _odd_numbers(_BANDS * _ROWS, stream=1)]
    return np.stack(minima, axis=1)


def _candidates(ours: Hashes, theirs: Hashes) -> dict[int, list[int]]:
    """Return for each of our rows a few that may resemble it most: those that share the hashes of a band."""
    found: dict[int, set[int]] = {}
    for band in range(_BANDS):
        keys, wanted = _joined(theirs[:, band]), _joined(ours[:, band])
        order = np.argsort(keys, kind="stable")
        low = np.searchsorted(keys[order], wanted, "left")
        high = np.searchsorted(keys[order], wanted, "right")
        for row in np.flatnonzero(high > low):
            found.setdefault(int(row), set()).update(order[low[row] : high[row]][:_MOST_CANDIDATES].tolist())
    return {row: _most_alike(ours[row], theirs, sorted(others)) for row, others in sorted(found.items())}


def _most_alike(ours: Hashes, theirs: Hashes, rows: list[int]) -> list[int]:
    """Return the few rows whose signatures agree best."""
    agreement = (theirs[rows] == ours).sum(axis=(1, 2))
    return [rows[place] for place in np.argsort(-agreement, kind="stable")[:3]]


def _best(row: int, text: str, rows: list[int], others: Sequence[str]) -> Twin:
    return max((Twin(row, other, likeness(text, others[other])) for other in rows), key=lambda twin: twin.likeness)


def _padded(text: str) -> str:
    return text[:LONGEST].ljust(_WINDOW)


def _joined(hashes: Hashes) -> Hashes:
    """Make one number of the hashes of a band, shape [texts]."""
    powers = _odd_numbers(hashes.shape[1], stream=2)
    return _mixed(np.asarray((hashes * powers).sum(axis=1, dtype=np.uint64)), powers[0])


def _mixed(hashes: Hashes, factor: np.uint64) -> Hashes:
    """Shuffle numbers: another factor gives another order."""
    mixed = hashes * factor
    return (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)


def _odd_numbers(count: int, *, stream: int) -> Hashes:
    drawn = np.random.default_rng([0, stream]).integers(2**63, size=count, dtype=np.uint64)
    return np.asarray(drawn * np.uint64(2) + np.uint64(1), np.uint64)


def _runs(numbers: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return start and end of each run of equal numbers."""
    edges = np.flatnonzero(np.diff(numbers)) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), len(numbers)], strict=True))
