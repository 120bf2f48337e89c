"""What a process that trains runs of a study loads before it is told which: once, for all that are forked from it."""

from __future__ import annotations

from importlib import import_module

from ftcli.startup import start_soon

start_soon()
for _name in ("ftcli.engine.run", "ftcli.engine.eager", "sklearn.linear_model", "sklearn.feature_extraction.text"):
    import_module(_name)
