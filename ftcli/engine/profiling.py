"""A trace of a few steps, for chrome://tracing, Perfetto and other viewers."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from ftcli.engine.observers import Observer

_FIRST = 5
_STEPS = 10


class Profiler(Observer):
    """Records ten steps after the first five, or those that there are, and writes them to ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._profile: profile | None = None

    def step(self, number: int) -> None:
        """Start or stop recording."""
        if number == _FIRST:
            gpu = [ProfilerActivity.CUDA] if torch.cuda.is_available() else []
            self._profile = profile(activities=[ProfilerActivity.CPU, *gpu])
            self._profile.start()
        elif number == _FIRST + _STEPS:
            self._write()

    def end(self) -> None:
        """Write what there is."""
        self._write()

    def _write(self) -> None:
        if self._profile is not None:
            self._profile.stop()
            self._profile.export_chrome_trace(str(self._path))
            self._profile = None
