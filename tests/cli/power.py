"""A power cut, as far as a run is concerned."""

from __future__ import annotations

from ftcli.engine.eager import EagerExecutor


class PowerCutError(Exception):
    """The end of a process, as far as the run is concerned."""


def cut(monkeypatch, after, kind=EagerExecutor):
    """Have the power cut after so many steps, once."""
    inner, taken = kind.step, []

    def step(self, batch):
        if len(taken) == after:
            monkeypatch.setattr(kind, "step", inner)
            raise PowerCutError
        taken.append(None)
        return inner(self, batch)

    monkeypatch.setattr(kind, "step", step)
