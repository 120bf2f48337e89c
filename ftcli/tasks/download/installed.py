"""Whether a task's data is there: answered without what a download needs."""

from __future__ import annotations

from pathlib import Path

from ftcli.tasks.task import Task


def is_installed(task: Task, data_dir: Path) -> bool:
    """Say whether every file of the task lies in the data folder."""
    return all(path.is_file() for path in _files(task, data_dir))


def installed_size(task: Task, data_dir: Path) -> int | None:
    """Return how many bytes the task's files take, or None where the task is not installed."""
    if not is_installed(task, data_dir):
        return None
    return sum(path.stat().st_size for path in _files(task, data_dir))


def _files(task: Task, data_dir: Path) -> set[Path]:
    return {task.place(data_dir) / split.file for split in task.splits.values()}
