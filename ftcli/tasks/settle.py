"""Settling what the settings leave open about files of the user's own, by looking at the files.

What is found out goes into the settings, and with them into settings.toml: who repeats a run, resumes it or judges it
reads the same.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ftcli.errors import DataError, MissingColumnError, UsageError
from ftcli.runs.files import write_bytes
from ftcli.settings.data import DataSettings
from ftcli.tasks.header import first_line_is_row, refuse_rows
from ftcli.tasks.joined import seemingly_joined, surely_joined
from ftcli.tasks.labels import natural_order, parts
from ftcli.tasks.reading.columns import COLUMNS_ARE_CHOSEN, listing, match_column
from ftcli.tasks.reading.form import AUTO, STDIN, Form, named_format
from ftcli.tasks.reading.lines import read_bytes
from ftcli.tasks.reading.readers import look, read_table
from ftcli.tasks.reading.saved import splits_of
from ftcli.tasks.reading.table import Table, blank_rows
from ftcli.tasks.roles import NUMBER, guess_roles, looks_like_numbers
from ftcli.wording import counted

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
    return Settled(found, _told(settings.model_copy(update=found), tables, forms))


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
    cells = _labels(table, roles.label)
    is_open = "label_separator" not in settings.model_fields_set and not given.get("regression")
    if is_open and (joined := surely_joined(cells)):
        return found | {"label_separator": joined.mark, "regression": False}
    return found | {"regression": given.get("regression", looks_like_numbers(cells))}


def _labels(table: Table, column: str) -> list[str]:
    name = match_column(column, table.columns)
    return [label.strip() for label in table.columns[name]] if name else []


def _told(settings: DataSettings, tables: Sequence[Table], forms: Sequence[Form]) -> tuple[str, ...]:
    table, separator = tables[0], settings.label_separator
    cells = _labels(table, settings.label_column)
    labels = Counter(
        label for cell in cells for label in ([cell] if separator is None else parts(cell, separator)) if label
    )
    kind = "numbers to predict" if settings.regression else counted(len(labels), "class", "classes")
    kind = f"sets of {counted(len(labels), 'label', 'labels')}" if separator is not None else kind
    text, second, label = (
        name and (match_column(name, table.columns) or name)
        for name in (settings.text_column, settings.pair_column, settings.label_column)
    )
    pair = f" and '{second}'" if second else ""
    others = {form.in_words for form in forms[1:]} - {forms[0].in_words}
    also = f" (other files: {' and '.join(sorted(others))})" if others else ""
    line = (
        f"Reading {table.path} as {forms[0].in_words}{also}: text in '{text}'{pair}, label in "
        f"'{label}' ({kind}){_positive(settings, labels)}. "
        f"To say otherwise: {_options(settings, forms[0])}."
    )
    blank = [f"Skipped {blank_rows(each.path, each.blank)}." for each in tables if each.blank]
    told = "label_separator" in settings.model_fields_set
    several = [] if settings.regression or told else _several(labels)
    more = [] if settings.regression else [*_alike(labels), *_in_quotes(labels), *_stray(table, settings.label_column)]
    return (line, *blank, *several, *more)


def _positive(settings: DataSettings, labels: Iterable[str]) -> str:
    """Tell which of two classes the scores of one class are about."""
    names = natural_order(set(labels))
    if len(names) != 2 or settings.regression or settings.label_separator is not None:
        return ""
    return f"; '{settings.positive_label or names[1]}' counts as the positive one (--positive-label)"


def _options(settings: DataSettings, form: Form) -> str:
    header = "--no-header" if form.header else "--header"
    delimited = ["--delimiter", "--quoting", header] * form.is_delimited
    forms = ["--format", *delimited, *["--encoding"] * (not form.is_binary)]
    kind = "--no-regression" if settings.regression else "--regression"
    kind = "--label-separator" if settings.label_separator is not None else kind
    return ", ".join([*forms, "--text-column", "--pair-column", "--label-column", kind])


def _alike(labels: Counter[str]) -> list[str]:
    """Tell of labels that only case or inner white space keeps apart."""
    by_key: dict[str, list[str]] = {}
    for label in labels:
        by_key.setdefault(" ".join(label.casefold().split()), []).append(label)
    return [
        f"The labels {listing(sorted(each))} count as {len(each)} classes: write them alike if they mean the same."
        for each in by_key.values()
        if len(each) > 1
    ]


def _stray(table: Table, column: str) -> list[str]:
    """Tell of the few labels that are no numbers where all others are."""
    cells = _labels(table, column)
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    others = [row for row, cell in enumerate(cells) if cell and not NUMBER.fullmatch(cell)]
    if not others or len(others) > len(cells) / 10 or not looks_like_numbers(numbers):
        return []
    return [
        f"{len(numbers)} of {len(cells)} labels are numbers, and {table.path} line {table.lines[others[0]]} has "
        f"'{cells[others[0]]}': classes are made of all of them. To predict the numbers mend it, and say --regression."
    ]


def _in_quotes(labels: Iterable[str]) -> list[str]:
    """Tell of labels that still stand between quotes."""
    found = [label for label in labels if len(label) > 1 and label[0] == label[-1] and label[0] in "\"'"]
    if not found:
        return []
    return [f"Labels such as {found[0]} stand between quotes, which are part of them: see --quoting, or take them off."]


def _several(labels: Iterable[str]) -> list[str]:
    """Tell of labels that may be several in one cell, where that is not sure."""
    found = seemingly_joined(labels)
    if found is None:
        return []
    return [
        f"Labels such as '{found.example}' seem to be several in one: --label-separator '{found.mark}' takes them "
        "apart."
    ]
