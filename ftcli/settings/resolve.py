"""Settings from all their sources: flag over environment over config file over preset over default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ftcli.errors import UsageError
from ftcli.recipes.discovery import all_strategies, find_strategy
from ftcli.settings.base import CommandSettings
from ftcli.settings.layers import Layer, checked, command_line, config_file, environment, merged, option_name
from ftcli.settings.presets import preset
from ftcli.settings.train import TrainSettings, train_settings

Settings = TypeVar("Settings", bound=CommandSettings)


def resolve(model: type[Settings], flags: Mapping[str, Any], *, config: Path | None = None) -> Settings:
    """Return a command's settings, from flags, environment and config file.

    Raises:
        UsageError: the file can't be read, or a value is out of its range.
    """
    layers = [command_line(flags), environment(model), *([config_file(config)] if config is not None else [])]
    return checked(model, merged(layers), layers)


def resolve_train(
    flags: Mapping[str, Any],
    *,
    without: Iterable[str] = (),
    config: Path | None = None,
    preset_name: str | None = None,
) -> TrainSettings:
    """Return the settings of a training.

    Strategies that any source names add up; ``without`` takes some away again.

    Raises:
        UsageError: a file can't be read, a name is unknown, or a value is out of its range.
    """
    model = train_settings()
    layers = [command_line(flags), environment(model)]
    layers += [config_file(config)] if config is not None else []
    layers += [preset(preset_name)] if preset_name is not None else []
    values = merged(layers) | {"strategy": _strategies(layers, without)}
    _refuse_idle_options(flags, values["strategy"])
    return checked(model, values, layers)


def _strategies(layers: Sequence[Layer], without: Iterable[str]) -> list[str]:
    named = {find_strategy(name).name for layer in layers for name in _names(layer)}
    named -= {find_strategy(name).name for name in without}
    return [name for name in all_strategies() if name in named]


def _names(layer: Layer) -> list[str]:
    value = layer.values.get("strategy", [])
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"{layer.name_of(['strategy'])}: must be a list of names (got {value!r})")
    return [name for name in names if name.strip()]


def _refuse_idle_options(flags: Mapping[str, Any], chosen: Sequence[str]) -> None:
    for name in all_strategies():
        if name in flags and name not in chosen:
            option = option_name([name, next(iter(flags[name]))])
            raise UsageError(f"{option} does nothing without {option_name([name])}", hint="Add that flag as well.")
