"""Which task is meant where none is named."""

from __future__ import annotations

from ftcli.errors import UsageError
from ftcli.settings.train import TrainSettings
from ftcli.tasks.catalogue import find_task, known_tasks
from ftcli.tasks.download.installed import is_installed

DEFAULT_TASK = "cola"


def with_default_task(settings: TrainSettings) -> TrainSettings:
    """Return settings that name a task or a file: CoLA's, where they name neither and it is downloaded.

    Raises:
        UsageError: nothing is named and CoLA is not there; the message says what can be trained.
    """
    if settings.task or settings.task_file or settings.train_file:
        return settings
    if is_installed(find_task(DEFAULT_TASK), settings.data_dir):
        return settings.model_copy(update={"task": DEFAULT_TASK})
    here = [task.name for task in known_tasks().values() if is_installed(task, settings.data_dir)]
    raise UsageError(
        f"no task is named, and {DEFAULT_TASK} is not in {settings.data_dir}",
        hint=f"Run `ftcli download {DEFAULT_TASK}`, or name what to train on: "
        + (f"{', '.join(here)} (here already), " if here else "`ftcli download demo` makes one on the spot, ")
        + "or files of your own with --train-file.",
    )
