"""Where computing is done and runs are kept, alike for all commands that do it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, PositiveInt

from ftcli.settings.names import elsewhere

WHICH_RUN = "name, TASK/NAME or path; the latest finished one by default."


class ThreadsSettings(BaseModel):
    """Computing."""

    threads: int = Field(
        0,
        ge=0,
        le=512,
        description="Processor threads; 0 leaves the choice to torch, which takes a core each. One is often faster "
        "where other programs keep a core busy.",
    )


class ComputeSettings(ThreadsSettings):
    """Computing."""

    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to compute.")
    eval_batch_size: PositiveInt = Field(
        64,
        description="Examples in a forward pass of an evaluation.",
        json_schema_extra=elsewhere("per_device_eval_batch_size"),
    )


class RunsFolderSettings(BaseModel):
    """Folders."""

    runs_dir: Path = Field(Path("runs"), description="Folder that runs are kept in.")
