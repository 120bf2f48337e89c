"""Everything that a check of data is told."""

from __future__ import annotations

from pydantic import Field

from ftcli.settings.base import THIS_CALL, CommandSettings
from ftcli.settings.data import DataSettings
from ftcli.settings.model import ModelSettings


class CheckSettings(CommandSettings, ModelSettings, DataSettings):
    """What to check."""

    learning_curve: bool = Field(
        False,
        description="Fit a cheap baseline on growing parts of train, to see whether more labels would help more than "
        "more tuning.",
        json_schema_extra=THIS_CALL,
    )
