"""A data set that Hugging Face's datasets saved to disk: a folder of Arrow files with two files about them.

A folder of several splits has such a folder for each. See ``datasets.Dataset.save_to_disk``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftcli.tasks.reading.columns import listing
from ftcli.tasks.reading.errors import file_error

_STATE, _INFO, _SPLITS = "state.json", "dataset_info.json", "dataset_dict.json"
_HINT = "Save it anew with save_to_disk."


def is_saved(path: Path) -> bool:
    """Whether a folder looks like a data set that was saved."""
    return any((path / name).is_file() for name in (_STATE, _SPLITS))


def splits_of(path: Path) -> dict[str, Path]:
    """Return the folder of each split of a data set with several; none where the path is another thing.

    Raises:
        DataError: its list of splits can't be read, or names what is not below it.
    """
    if not (path / _SPLITS).is_file():
        return {}
    names = _json(path / _SPLITS).get("splits")
    if not isinstance(names, list) or not all(_is_plain(name) for name in names):
        raise file_error(path / _SPLITS, None, "no list of splits", _HINT)
    return {name: path / name for name in names}


def saved_files(path: Path) -> list[Path]:
    """Return the Arrow files of a saved data set, in the order of its rows.

    Raises:
        DataError: the folder is none, or holds several.
    """
    if names := splits_of(path):
        hint = f"Give one of them, such as {path / next(iter(names))}."
        raise file_error(path, None, f"several splits: {listing(names)}", hint)
    if not (path / _STATE).is_file():
        hint = "Give one of the files in it; a folder can only be a data set that Hugging Face's datasets saved."
        raise file_error(path, None, "a folder, not a file", hint)
    state = _json(path / _STATE)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise file_error(path, None, "a selection of rows that is not written out", "Call flatten_indices() first.")
    files = state.get("_data_files")
    named = [file.get("filename") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    if not named or not all(_is_plain(name) for name in named):
        raise file_error(path / _STATE, None, "no list of data files", _HINT)
    return [path / str(name) for name in named]


def saved_label_names(path: Path) -> dict[str, list[str]]:
    """Return the names of the classes of each column that has some.

    Raises:
        DataError: the file that tells them can't be read.
    """
    return class_names(_json(path / _INFO).get("features")) if (path / _INFO).is_file() else {}


def class_names(features: Any) -> dict[str, list[str]]:
    """Return the names of the classes among the features that datasets describes."""
    if not isinstance(features, dict):
        return {}
    return {column: names for column, feature in features.items() if (names := _names(feature))}


def _names(feature: Any) -> list[str] | None:
    """Return the names of the classes of a feature, or of what its lists hold."""
    if not isinstance(feature, dict):
        return None
    if isinstance(inner := feature.get("feature"), dict):
        feature = inner
    names = feature.get("names") if feature.get("_type") == "ClassLabel" else None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise file_error(path, None, f"cannot be read ({error})", _HINT) from error
    if not isinstance(content, dict):
        raise file_error(path, None, "no JSON object", _HINT)
    return content


def _is_plain(name: Any) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and Path(name).name == name and "\\" not in name
