"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
from pathlib import Path
from typing import IO, Any

from ftcli.errors import RunError

PARTIAL = ".partial-"
"""What is not whole yet is called so; where its process has died, nobody needs it."""


def hidden_beside(path: Path) -> Path:
    """Give a free hidden name in the same folder, short whatever the length of the name itself."""
    return path.with_name(f"{PARTIAL}{secrets.token_hex(8)}")


def clear_partial(folder: Path) -> None:
    """Remove what a dead process has left unfinished in a folder."""
    for left in folder.glob(f"{PARTIAL}*"):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file through a temporary name beside it, so that a reader finds the old content or the new.

    Raises:
        OSError: the disk refused; the old content is untouched and the temporary file is gone.
    """
    temporary = hidden_beside(path)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        _name(error, path)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as `write_bytes` writes bytes: line ends stay as they are.

    Raises:
        OSError: the disk refused; the old content is untouched.
    """
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: object) -> None:
    """Write an indented JSON file whole; numbers that are not finite become null.

    Raises:
        OSError: the disk refused; the old content is untouched.
    """
    write_text(path, json.dumps(finite(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def append_line(file: IO[str], content: object) -> None:
    """Add one JSON object as a line, visible to readers at once; not finite numbers become null."""
    try:
        file.write(json.dumps(finite(content), ensure_ascii=False, allow_nan=False) + "\n")
        file.flush()
    except OSError as error:
        _name(error, Path(file.name))
        raise


def _name(error: BaseException, path: Path) -> None:
    """Have an error tell what could not be written: the system names what it opens, not what it writes to."""
    if isinstance(error, OSError):
        error.filename = str(path)


def read_json(path: Path) -> Any:  # JSON may hold anything: the caller's model says what it should be
    """Read a JSON file.

    Raises:
        RunError: the file is missing, unreadable or not JSON; the message names it.
    """
    try:
        return json.loads(read_text(path), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: not valid JSON ({error})") from error


def read_text(path: Path) -> str:
    """Read a UTF-8 file.

    Raises:
        RunError: the file is missing, unreadable or not UTF-8; the message names it.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RunError(f"{path}: no such file") from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise RunError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error


def replace_folder(new: Path, target: Path) -> None:
    """Move a finished folder to `target`, in the place of one that may be there.

    The old folder is moved aside first and put back if the new one cannot take its name. Both must lie on
    one file system.

    Raises:
        OSError: a rename failed; `target` is as it was before and `new` is still there.
    """
    if not os.path.lexists(target):
        os.replace(new, target)
        return
    # By this name whoever writes here next can tell what a process that died between the renames has left.
    aside = target.with_name(f".{target.name[:100]}.old-{secrets.token_hex(4)}")
    os.replace(target, aside)
    try:
        os.replace(new, target)
    except BaseException:
        os.replace(aside, target)
        raise
    # The swap has succeeded: old files that resist deletion are hidden and no reason to report a failure.
    shutil.rmtree(aside, ignore_errors=True)


def finite(content: object) -> object:
    """Give the same content with every number that JSON has no word for (NaN, infinity) as None."""
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    return content


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")
