"""Python's search for garbage in cycles of objects."""

from __future__ import annotations

import gc

_SELDOM = 100_000


def collect_seldom() -> None:
    """Have Python search less often: as it comes, that takes much of the time until a training's first step.

    torch, transformers and the data make hundreds of thousands of objects, nearly all of which stay.
    """
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
