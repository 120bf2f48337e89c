"""Settings as TOML, which knows fewer types than Python."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

import tomli_w

from ftcli.errors import UsageError


def to_toml(settings: Mapping[str, Any]) -> str:
    """Give the settings as TOML; None is left out, for TOML has no word for it.

    Raises:
        UsageError: a value can't be written.
    """
    try:
        text = tomli_w.dumps(_plain(settings))
        text.encode("utf-8")
    except (TypeError, UnicodeEncodeError) as error:
        raise UsageError(f"settings cannot be written as TOML: {error}") from error
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, PurePath):
        return str(value)
    return value
