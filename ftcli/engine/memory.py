"""Getting by with the memory there is: what does not fit at once is computed in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch

from ftcli.errors import OutOfMemoryError
from ftcli.shortage import ran_out

T = TypeVar("T")


@dataclass
class Portion:
    """How many examples, or seeds, are computed at once: as many as wished, and fewer once these don't fit.

    ``name`` is the key that records it in status.json, ``words`` are what one reads. Who listens is called
    once fewer fit.
    """

    name: str
    wished: int
    words: str
    hint: str = "Give a lower --max-length or a smaller --model; a smaller --batch-size does not help any more."
    rows: int = field(init=False)
    listeners: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self.rows = self.wished

    @property
    def is_whole(self) -> bool:
        """Whether it is as large as wished."""
        return self.rows == self.wished

    def fit(self, compute: Callable[[int], T], generators: Sequence[torch.Generator] = ()) -> T:
        """Return ``compute(rows)``; where memory runs out, compute anew with half the rows.

        It finds the ``generators``, from which it draws, as it found them at first.

        Raises:
            OutOfMemoryError: a single row doesn't fit.
        """
        before = self.rows
        while True:
            random = [generator.get_state() for generator in generators]
            try:
                found = compute(self.rows)
            except (RuntimeError, MemoryError) as error:
                if not ran_out(error):
                    raise
            else:
                for listener in self.listeners if self.rows < before else ():
                    listener()
                return found
            # Only here, where the error is gone, and with it what its frames still held.
            self._halve()
            for generator, state in zip(generators, random, strict=True):
                generator.set_state(state)

    def _halve(self) -> None:
        if self.rows == 1:
            raise OutOfMemoryError(f"memory ran out, and there can't be fewer {self.words} than one", hint=self.hint)
        self.rows = (self.rows + 1) // 2
        torch.cuda.empty_cache()  # what is kept for the old sizes would be in the way; without a GPU this does nothing


def for_training(batch_size: int) -> Portion:
    """Return how many examples go through the model at once in training."""
    return Portion("micro_batch", batch_size, "examples in a forward pass of training")


def for_evaluation(batch_size: int) -> Portion:
    """Return how many examples go through the model at once where nothing is trained."""
    return Portion("eval_batch", batch_size, "examples in a forward pass of an evaluation")


def for_seeds(seeds: int) -> Portion:
    """Return how many seeds are trained at once."""
    hint = "Give a smaller --batch-size, or --executor eager, which trains one after the other."
    return Portion("seeds_at_once", seeds, "seeds in one step", hint)
