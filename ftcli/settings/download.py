"""Everything that a download is told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from ftcli.settings.base import THIS_CALL, CommandSettings


class DownloadSettings(CommandSettings):
    """What to download."""

    tasks: list[str] = Field(
        default_factory=list,
        description="Tasks to get, by name or by the TOML file that describes it; without any, a table of those known.",
    )
    source: str | None = Field(
        None,
        alias="from",
        description="Take the data from this archive, folder or URL, not from the task's own address.",
    )
    data_dir: Path = Field(Path("data"), description="Folder to put the tasks in.")
    train_rows: PositiveInt = Field(2000, description="Rows of the demo's train set.")
    dev_rows: PositiveInt = Field(500, description="Rows of the demo's dev set.")
    test_rows: PositiveInt = Field(500, description="Rows of the demo's test set.")
    seed: NonNegativeInt = Field(0, description="Seed of the demo's sentences.", json_schema_extra=THIS_CALL)

    @model_validator(mode="after")
    def _one_source_one_task(self) -> DownloadSettings:
        if self.source is not None and len(self.tasks) != 1:
            raise ValueError("--from goes with exactly one task: name the one that the archive is of")
        return self
