"""Keeping transformers from writing over the tool's own output."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ftcli.models.library import logging as transformers_logging


@contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers' progress bars and its messages below errors."""
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        transformers_logging.enable_progress_bar()
