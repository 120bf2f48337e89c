"""A task of the user's own: a TOML file like those of the known tasks."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from ftcli.errors import DataError, UsageError
from ftcli.tasks.metrics import find_metric
from ftcli.tasks.task import Task, TaskDescription

_HINT = "docs/tasks.md describes such a file, with an example."


def read_task(path: Path) -> Task:
    """Read the description of a task; it is called as the file is.

    Its files lie beside it, or where it says, seen from its own folder; those of a task with an address lie
    in the data folder.

    Raises:
        DataError: the file can't be read, or is no description of a task; the message names the key.
    """
    description = _described(path)
    try:
        find_metric(description.metric, description.kind)
    except UsageError as error:
        raise DataError(f"{path}: metric: {error.message}", hint=error.hint) from error
    return Task(name=path.stem, home=path.parent, **description.model_dump())


def _described(path: Path) -> TaskDescription:
    try:
        return TaskDescription.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file", hint=_HINT) from error
    except ValidationError as error:
        told = [_told(each["loc"], each["msg"], each["type"]) for each in error.errors()]
        raise DataError(f"{path}: {'; '.join(told)}", hint=_HINT) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: not a readable TOML file ({reason})", hint=_HINT) from error


def _told(place: tuple[int | str, ...], message: str, kind: str) -> str:
    key = ".".join(str(part) for part in place if part != "[key]")
    if kind == "extra_forbidden":
        return f"{key}: there is no such key"
    return f"{key}: {message[0].lower()}{message[1:]}" if key else message.removeprefix("Value error, ")
