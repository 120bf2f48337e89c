"""A trace of a few steps, for chrome://tracing, Perfetto and other viewers."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

import torch
from torch.profiler import ProfilerActivity, profile

from ftcli.engine.observers import Observer
from ftcli.engine.plan import Plan

_FIRST = 5
_STEPS = 10
_SILENT = "99"
_recording = Lock()
"""torch records once at a time: of runs that are trained in the same steps the first, of each wave."""


class Profiler(Observer):
    """Records ten steps after the first five, of short trainings the last ten, and writes them to ``path``.

    One that others of this process are recorded with is left out: their steps are the same.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._profile: profile | None = None

    def begin(self, plan: Plan, metric: str) -> None:
        """Choose the steps."""
        self._first = min(_FIRST, max(plan.steps - _STEPS, 0))
        self.step(0)

    def step(self, number: int) -> None:
        """Start or stop recording."""
        if number == self._first and _recording.acquire(blocking=False):
            os.environ.setdefault("KINETO_LOG_LEVEL", _SILENT)  # it would write lines of its own between the tool's
            gpu = [ProfilerActivity.CUDA] if torch.cuda.is_available() else []
            self._profile = profile(activities=[ProfilerActivity.CPU, *gpu])
            self._profile.start()
        elif number == self._first + _STEPS:
            self._write()

    def end(self) -> None:
        """Write what there is."""
        self._write()

    def _write(self) -> None:
        recorded, self._profile = self._profile, None
        if recorded is not None:
            try:
                recorded.stop()
                recorded.export_chrome_trace(str(self._path))
            finally:
                _recording.release()
