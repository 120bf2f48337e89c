"""Finding a task: one of those that ftcli knows by name, or one that a TOML file describes."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

from ftcli.errors import DataError, UsageError
from ftcli.tasks.task import Task, is_task_file
from ftcli.tasks.task_file import read_task


@cache
def known_tasks() -> dict[str, Task]:
    """Every task that ftcli knows by name, in alphabetical order."""
    files = resources.files("ftcli.tasks") / "known"
    tasks = [
        Task(name=file.name.removesuffix(".toml"), **tomllib.loads(file.read_text(encoding="utf-8")))
        for file in files.iterdir()
        if file.name.endswith(".toml")
    ]
    return {task.name: task for task in sorted(tasks, key=lambda task: task.name)}


def find_task(name: str) -> Task:
    """Return the known task of that name, whatever its case and punctuation, or the one that a TOML file describes.

    Raises:
        UsageError: there is none; the message names the nearest.
        DataError: it is a file's and there is none, or the TOML file can't be read, or is no description of a task.
    """
    if is_task_file(name):
        return read_task(Path(name))
    tasks = known_tasks()
    wanted = re.sub(r"[\W_]", "", name.lower())
    if wanted in tasks:
        return tasks[wanted]
    if Path(name).suffix:
        raise DataError(f"{name}: no such file", hint="Check the path and the current folder.")
    if os.path.isdir(name):
        message = f"{name}: a folder, and none that Hugging Face's datasets saved"
        raise UsageError(message, hint="Name a file in it: --train-file, and --dev-file where there is one.")
    near = difflib.get_close_matches(name.lower(), tasks, n=1)
    raise UsageError(
        f"unknown task '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        hint=f"Known tasks: {', '.join(tasks)}. For files of your own use --train-file.",
    )
