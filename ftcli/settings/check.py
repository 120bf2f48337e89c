"""Everything that a check of data is told."""

from __future__ import annotations

from ftcli.settings.base import CommandSettings
from ftcli.settings.data import DataSettings
from ftcli.settings.model import ModelSettings


class CheckSettings(CommandSettings, ModelSettings, DataSettings):
    """What to check."""
