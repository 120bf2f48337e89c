"""Everything that a comparison is told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from ftcli.settings.base import CommandSettings


class CompareSettings(CommandSettings):
    """What to compare."""

    paths: list[Path] = Field(default_factory=lambda: [Path("runs")], description="Folders with runs [default: runs].")
