"""Everything that a comparison is told."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, model_validator

from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.compute import RunsFolderSettings


class CompareSettings(CommandSettings, RunsFolderSettings):
    """What to compare."""

    paths: list[Path] = Field(
        default_factory=list,
        description="Folders with runs [default: --runs-dir], and patterns of the runs to take, such as 'cola/rdrop*'.",
        json_schema_extra=THIS_CALL,
    )
    baseline: str | None = Field(
        None,
        description="Recipe that the others are tested against, as the table names it; by default the one without any.",
        json_schema_extra=THIS_CALL,
    )
    tuned: str | None = Field(
        None,
        description="Settings that were tuned, such as lr or lr,rdrop.alpha: each recipe stands with the values that "
        "did best on its selection set.",
        json_schema_extra=THIS_CALL,
    )
    html: Path | None = Field(
        None,
        description="Write the report there as well: one HTML file that needs no network.",
        json_schema_extra=THIS_CALL,
    )
    csv: bool = Field(
        False,
        description="Print a line for each recipe, for spreadsheets; --json for all there is.",
        json_schema_extra=THIS_CALL,
    )
    latex: bool = Field(False, description="Print a table for papers.", json_schema_extra=THIS_CALL)

    @model_validator(mode="after")
    def _one_form(self) -> CompareSettings:
        if self.csv and self.latex:
            raise ValueError("--csv and --latex exclude each other: give one of them")
        return self

    @property
    def folders(self) -> list[Path]:
        """The folders to look for runs in."""
        return [path for path in self.paths if not _is_pattern(path)] or [self.runs_dir]

    @property
    def tuned_settings(self) -> list[str]:
        """The names of the settings that were tuned."""
        return [name.strip() for name in (self.tuned or "").split(",") if name.strip()]

    @property
    def patterns(self) -> list[str]:
        """What the paths of the runs to take look like, below the folders."""
        return [str(path) for path in self.paths if _is_pattern(path)]


def _is_pattern(path: Path) -> bool:
    return not os.path.lexists(path) and any(letter in str(path) for letter in "*?[")
