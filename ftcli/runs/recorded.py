"""What a run was told, as its files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ftcli.errors import RunError, UsageError
from ftcli.runs.folder import RunFolder
from ftcli.settings.train import TrainSettings, train_settings


def recorded_settings(run: RunFolder) -> TrainSettings:
    """Return the settings that a run was trained with.

    Raises:
        RunError: settings.toml can't be read, or is not one of this version.
    """
    return settings_of(run.read_settings(), run.settings)


def settings_of_study(values: dict[str, Any], place: Path) -> TrainSettings:
    """Return what all runs of a study were told.

    Raises:
        RunError: they are not settings of this version, or none of a study.
    """
    settings = settings_of(values, place)
    if settings.differing is None:
        raise RunError(f"{place}: these settings name neither seeds nor folds, so that they are none of a study")
    return settings


def settings_of(values: dict[str, Any], place: Path) -> TrainSettings:
    """Return settings that were recorded in a file.

    Raises:
        RunError: they are not those of this version.
    """
    try:
        return train_settings()(**values)
    except (ValidationError, UsageError) as error:
        raise RunError(f"{place}: these are no settings of this version of ftcli: {error}") from error
