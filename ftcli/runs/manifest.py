"""Checksums of files, by which damage is noticed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from ftcli.errors import RunError
from ftcli.runs.files import read_json, write_json

MANIFEST = "manifest.json"


def write_manifest(folder: Path, files: Iterable[Path]) -> None:
    """Write down the sizes and checksums of files below a folder, once the disk holds them.

    Raises:
        OSError: a file can't be read, or the manifest not be written.
    """
    write_json(folder / MANIFEST, {str(file.relative_to(folder)): _facts(file, flush=True) for file in sorted(files)})


def renew(folder: Path, file: Path) -> None:
    """Write down anew what one file below a folder is, and leave what the manifest says of the others.

    Raises:
        RunError: the manifest can't be read.
        OSError: the file can't be read, or the manifest not be written.
    """
    facts = {str(file.relative_to(folder)): _facts(file, flush=True)}
    write_json(folder / MANIFEST, read_json(folder / MANIFEST) | facts)


def damage(folder: Path, files: Iterable[Path]) -> list[str]:
    """Say what is not as the folder's manifest has it, naming each file; nothing: it is whole.

    Args:
        folder: has the manifest.
        files: files there that it must list.
    """
    try:
        manifest = read_json(folder / MANIFEST)
    except RunError as error:
        return [error.message]
    if not isinstance(manifest, dict):
        return [f"{folder / MANIFEST}: not a list of files"]
    found = [problem for name, facts in manifest.items() if (problem := _problem(folder, name, facts))]
    names = {file: str(file.relative_to(folder)) for file in sorted(files)}
    return found + [f"{file}: not in {folder / MANIFEST}" for file, name in names.items() if name not in manifest]


def vouches_for(folder: Path, file: Path) -> bool:
    """Whether a file below the folder is still what the folder's manifest says.

    Raises:
        RunError: the manifest can't be read.
    """
    name = str(file.relative_to(folder))
    facts = read_json(folder / MANIFEST).get(name) if (folder / MANIFEST).is_file() else None
    return facts is not None and _problem(folder, name, facts) is None


def _problem(folder: Path, name: str, facts: object) -> str | None:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return f"{folder / MANIFEST}: names a file outside of the folder ({name!r})"
    try:
        found = _facts(folder / name)
    except FileNotFoundError:
        return f"{folder / name}: missing"
    except OSError as error:
        return f"{folder / name}: can't be read ({error.strerror or error})"
    return None if found == facts else f"{folder / name}: damaged (its checksum is another)"


def _facts(file: Path, *, flush: bool = False) -> dict[str, object]:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        if flush:
            os.fsync(content.fileno())
        return {"bytes": os.fstat(content.fileno()).st_size, "sha256": digest}
