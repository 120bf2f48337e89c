"""Everything that a comparison is told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.compute import RunsFolderSettings


class CompareSettings(CommandSettings, RunsFolderSettings):
    """What to compare."""

    paths: list[Path] = Field(
        default_factory=list, description="Folders with runs [default: --runs-dir].", json_schema_extra=THIS_CALL
    )

    @property
    def folders(self) -> list[Path]:
        """The folders to look for runs in."""
        return self.paths or [self.runs_dir]
