"""Get the data of known tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ftcli.errors import UsageError
from ftcli.settings.download import DownloadSettings
from ftcli.tasks.catalogue import find_task
from ftcli.wording import command


def download(name: str, settings: DownloadSettings, progress: Callable[[int, int | None], None] | None = None) -> Path:
    """Get a task's data, and return its folder; ``progress`` is told bytes done, and in all where known.

    Raises:
        UsageError: there is no task of that name, or its files lie here already.
        DataError: the name is that of a TOML file, which does not describe a task.
        DownloadError: the data can't be had, or is not what it should be; what was there before still is.
    """
    from ftcli.tasks.download.install import install, make_demo

    task = find_task(name)
    if task.home is not None and not task.is_downloaded:
        raise UsageError(
            f"task '{name}' has no address to download from: its files lie in {task.place(settings.data_dir)}",
            hint=f"Run: {command('train', name)}",
        )
    if not task.is_downloaded and settings.source is None:
        rows = {"train": settings.train_rows, "dev": settings.dev_rows, "test": settings.test_rows}
        return make_demo(task, settings.data_dir, rows=rows, seed=settings.seed)
    return install(task, settings.data_dir, source=settings.source, progress=progress)
