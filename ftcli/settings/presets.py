"""Presets: named sets of values, each a TOML file in ``preset_files/`` whose first line says what it is for."""

from __future__ import annotations

import tomllib
from importlib import resources

from ftcli.errors import UsageError
from ftcli.settings.layers import Layer


def presets() -> dict[str, str]:
    """Return what each preset is for, by name."""
    return {name: text.partition("\n")[0].lstrip("# ") for name, text in sorted(_files().items())}


def preset(name: str) -> Layer:
    """Return the layer of a preset.

    Raises:
        UsageError: there is no preset of that name.
    """
    files = _files()
    if name not in files:
        raise UsageError(f"--preset: there is no preset '{name}'", hint=f"Known presets: {', '.join(sorted(files))}.")
    return Layer(f"preset '{name}'", tomllib.loads(files[name]))


def _files() -> dict[str, str]:
    folder = resources.files("ftcli.settings") / "preset_files"
    return {
        file.name.removesuffix(".toml"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }
