"""Settling what the settings leave open about files of the user's own, by looking at the files.

What is found out goes into the settings, and with them into settings.toml: who repeats a run, resumes it or judges it
reads the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ftcli.errors import DataError, MissingColumnError, UsageError
from ftcli.runs.files import write_bytes
from ftcli.settings.data import DataSettings
from ftcli.tasks.header import first_line_is_row, refuse_rows
from ftcli.tasks.joined import surely_joined
from ftcli.tasks.reading.columns import COLUMNS_ARE_CHOSEN, listing, match_column
from ftcli.tasks.reading.form import AUTO, STDIN, Form, named_format
from ftcli.tasks.reading.lines import read_bytes
from ftcli.tasks.reading.readers import look, read_table
from ftcli.tasks.reading.saved import splits_of
from ftcli.tasks.reading.table import Table
from ftcli.tasks.roles import guess_roles, looks_like_numbers
from ftcli.tasks.told import labels_of, told_of

Settings = TypeVar("Settings", bound=DataSettings)

_COLUMNS = ("text_column", "label_column", "regression")
_FORM = ("format", "delimiter", "quoting", "encoding")
_DEV = ("dev", "validation", "valid", "val", "eval")


@dataclass(frozen=True)
class Settled:
    """What was found out: values of settings, and how to tell it to the user (nothing where all was said)."""

    found: dict[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def settled(settings: Settings) -> Settings:
    """Return settings in which nothing is open that reading the user's own files takes.

    Raises:
        DataError: a file can't be read, or does not show what its columns are for.
    """
    return settings.model_copy(update=settle(settings).found)


def settle(settings: DataSettings) -> Settled:
    """Find out what is open: where the files are, their form, what their columns are for and the kind of task.

    Raises:
        UsageError: standard input is to be read twice.
        DataError: a file can't be read, or does not show what its columns are for.
    """
    if settings.train_file is None:
        return Settled()
    found = _placed(settings)
    settings = settings.model_copy(update=found)
    if settings.model_fields_set >= {*_COLUMNS, *_FORM, "header"}:
        return Settled(found)
    wanted = _named(settings)
    train = _look_at_train(settings, wanted)
    form = replace(form_told(settings), header=train[1].header)
    others = [_look(path, form, settings, wanted) for path in (settings.dev_file, settings.test_file) if path]
    tables, forms = zip(train, *others, strict=True)
    found |= _agreed(settings, forms) | _columns(settings, *train)
    return Settled(found, told_of(settings.model_copy(update=found), tables, forms))


def _named(settings: DataSettings) -> list[str]:
    """Return the columns of text and label, as far as they are given."""
    return [getattr(settings, name) for name in _COLUMNS[:-1] if name in settings.model_fields_set]


def form_told(settings: DataSettings) -> Form:
    """Return what the settings say about the form of the files; the rest is to be guessed."""
    quoting, header = settings.quoting, settings.header
    return Form(settings.format, settings.delimiter, quoting, settings.encoding, guessed=True, header=header)


def _look_at_train(settings: DataSettings, wanted: Sequence[str]) -> tuple[Table, Form]:
    """Read the training file, whose first line names its columns or is a row, as it is said or else seems.

    Raises:
        UsageError: a header is denied to a file that can have none.
        DataError: the file can't be read.
    """
    path, form = settings.train_file or STDIN, form_told(settings)
    table, found = _look(path, form, settings, wanted)
    if settings.header is None and found.is_delimited and first_line_is_row(table, wanted):
        return _look(path, replace(form, header=False), settings, wanted)
    if settings.header is False and not found.is_delimited:
        raise UsageError(f"--no-header goes with csv and tsv, and {path} is {found.format}: leave it out")
    return table, replace(found, header=found.header is not False)


def _look(path: Path, form: Form, settings: DataSettings, wanted: Sequence[str]) -> tuple[Table, Form]:
    return look(path, form, wanted, settings.label_separator or "|")


def _placed(settings: DataSettings) -> dict[str, Any]:
    """Keep standard input in a file, and take the splits of a saved data set apart."""
    files = {name: getattr(settings, name) for name in ("train_file", "dev_file", "test_file")}
    streams = [name for name, path in files.items() if path == STDIN]
    if len(streams) > 1:
        raise UsageError("standard input can only be read once", hint="Give the other data in a file.")
    found: dict[str, Any] = {name: _kept(settings, settings.data_dir / "stdin") for name in streams}
    if found and all(named_format(path) for path in files.values() if path not in (None, STDIN)):
        found["format"] = AUTO  # from now on the names of all files tell it
    if "train_file" in found and settings.task is None:
        found["task"] = "stdin"
    if splits := splits_of(settings.train_file or STDIN):
        found |= _splits_found(settings, splits)
    return found


def _kept(settings: DataSettings, folder: Path) -> Path:
    """Write standard input to a file that is called after what it holds."""
    format_told = form_told(settings).with_format(STDIN).format
    data = read_bytes(STDIN)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}.{format_told}"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    return path


def _splits_found(settings: DataSettings, splits: dict[str, Path]) -> dict[str, Any]:
    folder = settings.train_file or STDIN
    if "train" not in splits:
        hint = f"Give the one to learn from, such as --train-file {os.path.join(folder, next(iter(splits), ''))}."
        raise DataError(f"{folder}: no split 'train' among {listing(splits) or 'none'}", hint=hint)
    dev = next((splits[name] for name in _DEV if name in splits), None)
    found: dict[str, Any] = {"train_file": splits["train"], "task": settings.task or folder.name}
    if dev and settings.dev_file is None and settings.dev_fraction is None and settings.folds is None:
        found["dev_file"] = dev
    if "test" in splits and settings.test_file is None:
        found["test_file"] = splits["test"]
    return found


def _agreed(settings: DataSettings, forms: Sequence[Form]) -> dict[str, Any]:
    """Return what all files have in common; what differs stays open, and each is looked at when it is read."""
    values = {name: {getattr(form, name) for form in forms} for name in _FORM}
    agreed = {name: next(iter(each)) if len(each) == 1 else getattr(settings, name) for name, each in values.items()}
    return agreed | {"header": forms[0].header}


def _columns(settings: DataSettings, table: Table, form: Form) -> dict[str, Any]:
    given = {name: getattr(settings, name) for name in _COLUMNS if name in settings.model_fields_set}
    named = [*(name for name in (settings.pair_column, settings.group_column) if name), *_named(settings)]
    if not all(match_column(name, table.columns) for name in named):
        try:
            read_table(table.path, named, form=form)  # which says what there is, or why it is no column
        except MissingColumnError as error:
            raise error.chosen_by(COLUMNS_ARE_CHOSEN) from None
    roles = guess_roles(
        table, text=given.get("text_column"), pair=settings.pair_column, label=given.get("label_column")
    )
    if form.header and {"text_column", "label_column"} - set(given):
        refuse_rows(table, roles, told=bool(settings.header) or not form.is_delimited)
    found = {"text_column": roles.text, "pair_column": roles.pair, "label_column": roles.label}
    lists = match_column(roles.label, table.lists) and not given.get("regression")
    if settings.label_separator is not None or lists:
        return found | {"label_separator": settings.label_separator or "|", "regression": False}
    cells = labels_of(table, roles.label)
    is_open = "label_separator" not in settings.model_fields_set and not given.get("regression")
    if is_open and (joined := surely_joined(cells)):
        return found | {"label_separator": joined.mark, "regression": False}
    return found | {"regression": given.get("regression", looks_like_numbers(cells))}
