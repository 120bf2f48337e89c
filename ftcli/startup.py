"""What a process of ftcli's own does to come to its next step soon; who imports the package goes without.

torch, transformers and the data make hundreds of thousands of objects, nearly all of which stay: Python's search for
garbage among them takes much of the time until the first. And transformers imports what it finds installed, whether it
is used or not. And each step takes and frees the same memory: given back to the system in between, as the C library
would, it comes again page by page.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""The numbers of glibc's parameters: how much free memory is given back, and how large a piece is taken for itself."""
_KEPT, _LARGE = 2**30, 2**25
"""What they become, in bytes; the second is the most that every glibc takes."""
_own: list[bool] = []


def start_soon() -> None:
    """Say that this process is ftcli's own, before torch is loaded."""
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
    _own.append(True)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    if sys.platform != "linux":
        return
    set_parameter = getattr(ctypes.CDLL(None), "mallopt", None)  # of glibc alone
    # The first alone would leave the second at its least.
    if set_parameter is not None and set_parameter(_MMAP_THRESHOLD, _LARGE):
        set_parameter(_TRIM_THRESHOLD, _KEPT)


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
