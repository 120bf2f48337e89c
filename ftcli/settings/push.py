"""Everything that an upload to the Hugging Face hub is told."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from ftcli.models.catalogue import is_hub_name
from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.compute import RunsFolderSettings


class PushSettings(CommandSettings, RunsFolderSettings):
    """What to upload."""

    run: str = Field(
        description="Run whose model is uploaded: name, TASK/NAME or path, or latest.", json_schema_extra=THIS_CALL
    )
    repo: str = Field(
        description="Repository on the Hugging Face hub: NAME, or USER/NAME; made where there is none.",
        json_schema_extra=THIS_CALL,
    )
    private: bool = Field(
        False,
        description="Make the repository visible to you alone; one that is there stays as it is.",
        json_schema_extra=THIS_CALL,
    )

    @model_validator(mode="before")
    @classmethod
    def _both(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not values.get("run") or not values.get("repo"):
            raise ValueError("push takes a run and a repository: ftcli push RUN REPO")
        return values

    @field_validator("repo")
    @classmethod
    def _possible(cls, name: str) -> str:
        if not is_hub_name(name):
            raise ValueError(
                "a repository is called NAME or USER/NAME, of letters, digits, dots, dashes and underscores"
            )
        return name
