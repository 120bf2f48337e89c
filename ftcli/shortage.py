"""Memory that runs out, recognised and explained; needs no torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ftcli.errors import OutOfMemoryError

_SIGNS = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")
"""How torch's allocators and libraries put it, in a RuntimeError or one of its kinds."""


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    said = isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
    return said or isinstance(error, MemoryError)


@contextmanager
def shortage_explained() -> Iterator[None]:
    """Say in one message that memory ran out, where no smaller part would have helped.

    Raises:
        OutOfMemoryError: memory ran out inside.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        said = str(error).partition("\n")[0]
        raise OutOfMemoryError(
            f"memory ran out: {said}" if said else "memory ran out",
            hint="A smaller --model, fewer seeds side by side, or a smaller --batch-size or --max-length take less.",
        ) from None
