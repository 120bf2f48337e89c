"""Where a model lies on this machine, and what tells it from any other. Needs no torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ftcli.models.catalogue import check_folder, locate
from ftcli.models.hub import snapshot


def model_folder(name: str) -> Path:
    """Return the folder that a model is loaded from, fetched from the hub where it has to be.

    Raises:
        UsageError: there can be no model of that name.
        ModelError: it can't be had, or has only pickled weights.
    """
    location = Path(locate(name))
    if location.is_dir():
        return location
    folder = snapshot(str(location))
    check_folder(folder)
    return folder


def fingerprint(name: str) -> str:
    """Return a checksum of a model's configuration and weights.

    Raises:
        UsageError, ModelError: as ``model_folder``.
    """
    digest = hashlib.sha256()
    folder = model_folder(name)
    for file in [folder / "config.json", *sorted(folder.glob("*.safetensors"))]:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
