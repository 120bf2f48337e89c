"""Where the settings say that the data lies: with a task that is known or described, or in files of the user's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from ftcli.errors import DataError, SingleTextsError, UsageError
from ftcli.settings.data import DataSettings
from ftcli.tasks.catalogue import find_task, known_tasks
from ftcli.tasks.kind import Kind
from ftcli.tasks.labels import LabelCodec
from ftcli.tasks.metrics import find_metric
from ftcli.tasks.reading.columns import COLUMNS_ARE_CHOSEN
from ftcli.tasks.reading.form import Form, bare_name
from ftcli.tasks.settle import form_told, settled
from ftcli.tasks.task import SplitFile, Task
from ftcli.tasks.task_file import read_task
from ftcli.wording import command

Labelled = Literal["required", "optional", "none"]

_DEFAULT_METRICS: dict[Kind, str] = {"classification": "accuracy", "multilabel": "micro_f1", "regression": "pearson"}


@dataclass(frozen=True)
class Layout:
    """The names of the columns that matter, the form of the files, and what is known of the labels in them."""

    text: str
    pair: str | None
    label: str
    form: Form = field(default_factory=Form)
    label_separator: str | None = None
    positive_label: str | None = None

    @property
    def texts(self) -> list[str]:
        """The columns with text: one, or two for pairs."""
        return [self.text] if self.pair is None else [self.text, self.pair]

    def for_another(self, path: Path, told: Form | None = None, **columns: str) -> Layout:
        """Return the layout of a further file: the same columns but for those that are told, in a form of its own."""
        return replace(self, form=self.form.for_another(path, told), **cast(Any, columns))


@dataclass(frozen=True)
class SourceFile:
    """One file to read; ``header`` names its columns where it has no header of its own.

    Texts may be empty where there is nothing to learn from them, only an answer to give. ``also`` names columns that
    are read beside those of the layout. ``rows`` there must be, where a task of the user's own says so.
    """

    path: Path
    labelled: Labelled = "required"
    header: tuple[str, ...] | None = None
    may_be_empty: bool = False
    also: tuple[str, ...] = ()
    rows: int | None = None


@dataclass(frozen=True)
class Source:
    """All that is known of a data set before a file is opened.

    ``codec`` is None where train decides what labels there are. ``dev_fraction`` of train becomes the dev set where
    there is no file of it; None for the usual share. ``bounds`` are the lowest and highest value of a regression, where
    the task says them. ``download`` is the command that brings the files, where there is one. ``chosen_by`` says how
    other columns are named.
    """

    task: str
    kind: Kind
    metric: str
    layout: Layout
    files: dict[str, SourceFile]
    codec: LabelCodec | None
    dev_fraction: float | None = None
    bounds: tuple[float, float] | None = None
    download: str | None = None
    chosen_by: str = COLUMNS_ARE_CHOSEN

    def require(self, file: SourceFile) -> None:
        """Check that a file of a known task is there; what is wrong with files of their own, readers say.

        Raises:
            DataError: the task is not downloaded.
        """
        if self.download is not None and not file.path.is_file():
            message = f"task '{self.task}' is not downloaded: {file.path} is missing"
            raise DataError(message, hint=f"Run: {self.download}")


def check_pair_column(told: str | None, *, pairs: bool) -> None:
    """Check that a column with second texts is named where the model answers pairs alone.

    Raises:
        SingleTextsError: it is named for a model of single texts.
    """
    if told and not pairs:
        raise SingleTextsError("--pair-column: the model was trained on single texts, and pairs of them are given")


def find_source(settings: DataSettings) -> Source:
    """Work out what to read, and settle what is open about files of the user's own.

    Raises:
        UsageError: as `source_told`.
        DataError: a file can't be read, or does not show what its columns are for.
    """
    return source_told(settled(settings))


def source_told(settings: DataSettings) -> Source:
    """Return what the settings say is read: files of the user's own where there are any, else the known task.

    Raises:
        UsageError: no data is named, or the task, the metric or the columns make no sense.
        DataError: the file that describes the task can't be read, or makes no sense.
    """
    return _with_folds(settings, _as_it_is(settings))


def _as_it_is(settings: DataSettings) -> Source:
    if settings.train_file is not None:
        return _own_files(settings, settings.train_file)
    if settings.task_file is not None:
        task = read_task(settings.task_file)
        return _described(settings, task.model_copy(update={"name": safe_name(settings.task or task.name)}))
    if settings.task is None:
        raise UsageError(
            "no data to learn from", hint=f"Name a task ({', '.join(known_tasks())}) or give --train-file."
        )
    return _described(settings, find_task(settings.task))


def _with_folds(settings: DataSettings, source: Source) -> Source:
    """Leave the dev set out where parts of train take its place, and have their groups read."""
    if settings.folds is None:
        return source
    files = {name: file for name, file in source.files.items() if name != "dev"}
    if settings.group_column is not None:
        files["train"] = replace(files["train"], also=(settings.group_column,))
    return replace(source, files=files)


def _own_files(settings: DataSettings, train_file: Path) -> Source:
    kind = _kind(settings)
    layout = Layout(
        settings.text_column,
        settings.pair_column,
        settings.label_column,
        form_told(settings),
        settings.label_separator,
        settings.positive_label,
    )
    named = [*layout.texts, layout.label]
    if len(set(named)) < len(named):
        raise UsageError("--text-column, --pair-column and --label-column must name different columns")
    files = {"train": SourceFile(train_file)}
    if settings.dev_file is not None:
        files["dev"] = SourceFile(settings.dev_file)
    if settings.test_file is not None:
        files["test"] = SourceFile(settings.test_file, "optional")
    return Source(
        task=safe_name(settings.task or bare_name(train_file)),
        kind=kind,
        metric=find_metric(settings.metric or _DEFAULT_METRICS[kind], kind).name,
        layout=layout,
        files=files,
        codec=LabelCodec("regression") if settings.regression else None,
        dev_fraction=settings.dev_fraction,
    )


def _described(settings: DataSettings, task: Task) -> Source:
    if settings.regression and task.kind != "regression":
        raise UsageError(f"--regression does not go with task '{task.name}', which has classes")
    folder = task.place(settings.data_dir)
    form = Form(quoting=task.quoting, guessed=task.home is not None and not task.is_downloaded)
    return Source(
        task=task.name,
        kind=task.kind,
        metric=find_metric(settings.metric or task.metric, task.kind).name,
        layout=Layout(task.text, task.pair, task.label, form, task.label_separator),
        files={split: _task_file(task, folder, file) for split, file in task.splits.items()},
        codec=_task_codec(task),
        dev_fraction=task.dev_fraction,
        bounds=task.bounds,
        download=_download(settings, task),
        chosen_by=f"{settings.task_file or f'The task {task.name}'} says which are read.",
    )


def _task_file(task: Task, folder: Path, file: SplitFile) -> SourceFile:
    rows = None if task.is_downloaded else file.rows  # those of downloads are counted when they arrive
    labelled: Labelled = "required" if file.labelled else "none"
    may_be_empty = file.may_be_empty or not file.labelled
    return SourceFile(folder / file.file, labelled, file.columns, may_be_empty, rows=rows)


def _download(settings: DataSettings, task: Task) -> str | None:
    if task.home is not None and not task.is_downloaded:
        return None
    elsewhere = [] if settings.data_dir == Path("data") else ["--data-dir", settings.data_dir]
    return command("download", settings.task_file or task.name, *elsewhere)


def _task_codec(task: Task) -> LabelCodec | None:
    if task.kind == "regression":
        return LabelCodec("regression")
    if not task.labels:
        return None
    names = tuple(task.labels.values())
    return LabelCodec(task.kind, names, {raw: number for number, raw in enumerate(task.labels)}, task.label_separator)


def _kind(settings: DataSettings) -> Kind:
    if settings.regression:
        return "regression"
    return "classification" if settings.label_separator is None else "multilabel"


def safe_name(name: str) -> str:
    """Make a name that can be a folder: letters, digits, `.`, `_` and `-`, not starting with a mark."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:100] or "data"
