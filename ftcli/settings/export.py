"""Everything that an export is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, NonNegativeFloat

from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.compute import WHICH_RUN, RunsFolderSettings, ThreadsSettings
from ftcli.settings.data import DataDirOfRun


class ExportSettings(CommandSettings, RunsFolderSettings, ThreadsSettings):
    """What to export."""

    run: str | None = Field(
        None,
        description=f"Run to export: {WHICH_RUN}",
        json_schema_extra=THIS_CALL,
    )
    to: Literal["onnx"] = Field("onnx", description="Format to write.", json_schema_extra=THIS_CALL)
    output: Path | None = Field(
        None, description="Folder to write [default: onnx/ in the run's own].", json_schema_extra=THIS_CALL
    )
    overwrite: bool = Field(False, description="Replace an earlier export there.", json_schema_extra=THIS_CALL)
    quantize: bool = Field(
        False,
        description="Write the model with weights of 8 bits, too, and say what that costs in score.",
        json_schema_extra=THIS_CALL,
    )
    tolerance: NonNegativeFloat = Field(
        1e-4,
        description="How far logits may lie from the run's own, as a share of the largest (of 1, if that is smaller); "
        "what lies farther is not written.",
    )
    data_dir: DataDirOfRun = None
