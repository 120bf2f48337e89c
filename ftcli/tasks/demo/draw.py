"""Chance, with a lexicon that knows whether it may use the words kept out of training."""

from __future__ import annotations

import random
from typing import NamedTuple, TypeVar

from ftcli.tasks.demo.words import Words

T = TypeVar("T")
ATTEMPTS = 20  # at a word that the sentence does not have yet


class Pair(NamedTuple):
    """An acceptable sentence and one that differs from it in the point at issue, both without capital."""

    good: str
    bad: str
    end: str = "."


class Draw:
    """Draws for one split.

    Args:
        rng: where all chance comes from.
        held_out_share: how often a word comes from the held-out part of its class; 0 for training.
    """

    def __init__(self, rng: random.Random, held_out_share: float) -> None:
        self._rng = rng
        self._held_out_share = held_out_share
        self._taken: set[object] = set()

    def start(self) -> None:
        """Begin a sentence: forget which words are in use."""
        self._taken.clear()

    def chance(self, probability: float = 0.5) -> bool:
        """Return True that often."""
        return self._rng.random() < probability

    def one_of(self, *options: T) -> T:
        """Return one of the options, all equally likely."""
        return options[int(self._rng.random() * len(options))]

    def word(self, words: Words[T]) -> T:
        """Return a word of that class which the sentence does not have yet, as long as there is one."""
        for _ in range(ATTEMPTS):
            held_out = words.held_out and self.chance(self._held_out_share)
            word = self.one_of(*(words.held_out if held_out else words.seen))
            if word not in self._taken:
                break
        self._taken.add(word)
        return word
