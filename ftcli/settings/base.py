"""What the settings of all commands have in common."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator
from pydantic.config import JsonDict
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ftcli.recipes.options import refuse_truth_for_a_number

THIS_CALL: JsonDict = {"this_call": True}
"""Marks what belongs to one call of a command, and so is not read from the environment that all commands share."""


class CommandSettings(BaseSettings):
    """Takes the values that it is given, and only those: ``layers`` reads flags, environment and files."""

    model_config = SettingsConfigDict(
        env_prefix="FTCLI_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
    )

    _no_truth = field_validator("*", mode="before")(classmethod(refuse_truth_for_a_number))

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out the sources that pydantic-settings would read by itself."""
        return (init_settings,)
