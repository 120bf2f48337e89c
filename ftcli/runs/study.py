"""The file that a study is known by: what it was told, beside the folders of its runs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.errors import RunError
from ftcli.runs.files import read_text, write_text
from ftcli.runs.toml import to_toml

if TYPE_CHECKING:
    from ftcli.settings.train import TrainSettings

_FILE = "study.toml"


def is_study(path: Path) -> bool:
    """Whether a folder is one of a study."""
    return (path / _FILE).is_file()


def write_study(path: Path, settings: TrainSettings, task: str) -> None:
    """Write down what a study was told.

    Raises:
        RunError: the folder can't be written.
    """
    told = settings.model_copy(update={"task": task}).resolved() | {"seeds": settings.seeds}
    try:
        path.mkdir(parents=True, exist_ok=True)
        write_text(path / _FILE, to_toml(told))
    except OSError as error:
        raise RunError(f"{path}: cannot start a study here ({error.strerror or error})") from error


def read_study(path: Path) -> dict[str, Any]:
    """Read what a study was told.

    Raises:
        RunError: the file can't be read; the message names it.
    """
    try:
        return tomllib.loads(read_text(path / _FILE))
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path / _FILE}: not valid TOML ({error})") from error
