"""``ftcli download``: Get the data of tasks, or list the known ones."""

from __future__ import annotations

from typing import Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from ftcli.cli.command import add_command
from ftcli.cli.console import out, print_json, safe
from ftcli.cli.progress import Bar
from ftcli.settings.download import DownloadSettings
from ftcli.tasks.catalogue import known_tasks
from ftcli.tasks.download.installed import installed_size, is_installed
from ftcli.tasks.task import Task
from ftcli.wording import command

ORDER = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "download", DownloadSettings, "tasks", _run)


def _run(settings: DownloadSettings, as_json: bool) -> None:
    from ftcli import api

    if not settings.tasks:
        print_json({"tasks": _facts(settings)}) if as_json else out.print(_table(settings))
        return
    folders: dict[str, str] = {}
    with _bar(quiet=as_json) as shown:
        task = shown.add_task("", total=None)

        def show(done: int, total: int | None) -> None:
            shown.update(task, completed=done, total=total)

        for name in settings.tasks:
            shown.reset(task, description=safe(name))
            folders[name] = str(api.download(name, settings, show))
    if as_json:
        print_json({"downloaded": folders})
        return
    for name, place in folders.items():
        out.print(f"[bold]{safe(name)}[/] is in {safe(place)}")
    out.print(f"Next: [cyan]{safe(command('train', settings.tasks[0]))}[/]")


def _facts(settings: DownloadSettings) -> list[dict[str, Any]]:
    return [
        {
            "name": task.name,
            "title": task.title,
            "rows": {split: file.rows for split, file in task.splits.items()},
            "metric": task.metric,
            "here": is_installed(task, settings.data_dir),
            "bytes": installed_size(task, settings.data_dir),
        }
        for task in known_tasks().values()
    ]


def _table(settings: DownloadSettings) -> Table:
    table = Table("task", "what it asks", "train / dev / test", "metric", "here")
    for task in known_tasks().values():
        size = installed_size(task, settings.data_dir)
        here = "-" if size is None else f"{size / 1e6:.1f} MB"
        table.add_row(task.name, task.title, _rows(task, settings), task.metric, here)
    return table


def _rows(task: Task, settings: DownloadSettings) -> str:
    made = {"train": settings.train_rows, "dev": settings.dev_rows, "test": settings.test_rows}
    found = ((task.splits.get(split), number) for split, number in made.items())
    return " / ".join(f"{file.rows or number:,}" if file else "of train" for file, number in found)


def _bar(*, quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Bar(*columns, quiet=quiet)
