"""Long work that can be ended in between: a generator that yields None wherever it may be."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Pausing = Generator[None, None, T]
"""Yields after each piece of the work, and returns what came out."""


def in_one_go(work: Pausing[T]) -> T:
    """Return what comes out, where nobody wants to end it."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
