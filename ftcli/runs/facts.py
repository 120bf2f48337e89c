"""What a result depends on beside its settings: recorded when a run starts, compared when it goes on."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from ftcli.processor import described

_PACKAGES = ("ftcli", "torch", "transformers", "tokenizers", "numpy")
_COMPARED = {
    "machine": "the processor",
    "device": "the device",
    "executor": "the executor",
    "precision": "the precision",
    "threads": "the number of threads",
}
_CHECKSUMS = {"data": "the data has", "pretrained": "the pretrained model has"}


def facts(data: str) -> dict[str, Any]:
    """Return versions, machine, the state of the git repository at hand, and the checksum of the data."""
    return {"versions": _versions(), "machine": _machine(), "git": _git(), "data": data}


def differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say in words which facts are others now than were recorded; git's state is for people alone.

    What one of them does not tell is passed over.
    """
    found = [
        f"{words} was {recorded[name]} and is {now[name]}"
        for name, words in _COMPARED.items()
        if recorded.get(name) is not None and now.get(name) is not None and recorded[name] != now[name]
    ]
    before, after = recorded.get("versions") or {}, now.get("versions") or {}
    found += [
        f"{name} was {before[name]} and is {after[name]}"
        for name in after
        if before.get(name, after[name]) != after[name]
    ]
    found += [
        f"{words} changed"
        for name, words in _CHECKSUMS.items()
        if recorded.get(name) is not None and now.get(name) is not None and recorded[name] != now[name]
    ]
    return found


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # run from a source tree
    return found


def _machine() -> str:
    lines = described().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{platform.machine()} {model or platform.processor()}".strip()


def _git() -> str | None:
    """Return the commit that is checked out here, with + where files have been changed since."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            env=os.environ | {"GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None
