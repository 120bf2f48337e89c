"""What a process of ftcli's own does to come to its first step soon; who imports the package goes without.

torch, transformers and the data make hundreds of thousands of objects, nearly all of which stay: Python's search for
garbage among them takes much of the time until then. And transformers imports what it finds installed, whether it is
used or not.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000
_own: list[bool] = []


def start_soon() -> None:
    """Say that this process is ftcli's own."""
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
    _own.append(True)


def is_own() -> bool:
    """Whether this process is ftcli's own."""
    return bool(_own)


@contextmanager
def passing_over(*packages: str) -> Iterator[None]:
    """Have what is imported inside find none of these packages, in a process of ftcli's own; loaded ones stay."""
    hidden = [name for name in packages if is_own() and name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None: there is none, says the import system
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
