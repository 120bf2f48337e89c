"""Loading the data that the settings name: files read, labels numbered, subsets drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ftcli.errors import MissingColumnError, UsageError
from ftcli.settings.data import DataSettings
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.folds import Fold, hold_out
from ftcli.tasks.header import refuse_names
from ftcli.tasks.labels import LabelCodec, codec_from_train, has_labels
from ftcli.tasks.labelsets import members, to_numbers
from ftcli.tasks.reading.columns import COLUMNS_ARE_CHOSEN
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.readers import read_table
from ftcli.tasks.reading.table import Table
from ftcli.tasks.sources import Source, SourceFile, find_source, source_told
from ftcli.tasks.splits import set_aside, subset

_CHOOSING = "--text-column NAME --label-column NAME"
_DEV_FRACTION = 0.2


def load_dataset(settings: DataSettings) -> Dataset:
    """Read every split, and set aside from train what the settings ask for.

    Raises:
        UsageError: the settings name no data, an unknown task or metric, or more examples than there are.
        DataError: a file is missing or malformed, or there is nothing to learn in it.
    """
    source = find_source(settings)
    return dataset_of(source, read_tables(source), settings)


def read_tables(source: Source) -> dict[str, Table]:
    """Read the columns that matter of every file, as they stand there.

    Raises:
        DataError: a file is missing or malformed.
    """
    return {name: _read(source, file) for name, file in source.files.items()}


def codec_of(source: Source, tables: Mapping[str, Table]) -> LabelCodec:
    """Return how the labels are read: what the task says, or else what the training file shows.

    Raises:
        DataError: the training file has fewer than two labels.
    """
    layout = source.layout
    return source.codec or codec_from_train(
        tables["train"], layout.label, layout.label_separator, layout.positive_label
    )


def dataset_of(source: Source, tables: Mapping[str, Table], settings: DataSettings) -> Dataset:
    """Make a data set of what was read, and set aside from train what the settings ask for.

    Raises:
        UsageError: the settings want more examples than there are.
        DataError: a text is empty, a label is none, or there is nothing to learn.
    """
    codec = codec_of(source, tables)
    splits = {name: _examples(source, source.files[name], table, codec) for name, table in tables.items()}
    if len(splits["train"]) < 2:
        path = source.files["train"].path
        raise file_error(path, None, "one example only: there is nothing to learn", "Add examples.")
    if settings.folds is not None:
        # Of a study as a whole the first fold stands for all.
        fold = Fold(settings.fold or 1, settings.folds, settings.subset_seed)
        groups = tables["train"].columns.get(settings.group_column or "")
        splits["train"], splits["dev"] = hold_out(splits["train"], source.kind, groups, fold)
    drawn = _drawn(splits, settings, source)
    return Dataset(source.task, source.kind, source.metric, codec.names, drawn, codec.spellings, source.bounds)


def load_split(settings: DataSettings, split: str, label_names: Sequence[str] | None = None) -> Examples:
    """Read one split of the same data, with the examples that `load_dataset` gives it.

    Args:
        settings: those of the run.
        split: ``train``, ``dev``, ``test`` or ``select``.
        label_names: the labels of the model that is judged, in its order; absent: those of the data.

    Raises:
        UsageError: there is no such split.
        DataError: a file is missing or malformed, or has a label that the model does not know.
    """
    source = source_told(settings)
    file = source.files.get(split)
    codec = source.codec if label_names is None else _model_codec(source, label_names)
    if file is not None and split != "train" and codec is not None:
        return _examples(source, file, _read(source, file), codec)
    # Train decides what else there is; it is drawn in the data's own order of classes, whatever the model's.
    dataset = load_dataset(settings)
    if split not in dataset.splits:
        raise UsageError(f"the data has no split '{split}'", hint=f"There are: {', '.join(dataset.splits)}.")
    examples = dataset.splits[split]
    return examples if label_names is None else _renumbered(examples, dataset, label_names)


def load_file(
    path: Path,
    settings: DataSettings,
    label_names: Sequence[str],
    form: Form | None = None,
    columns: Mapping[str, str] | None = None,
) -> Examples:
    """Read a further file; it may have labels.

    Args:
        path: the file, in any form, or ``-`` for standard input in that of the run's own files.
        settings: those of the run, which name the columns and say what kind of labels there are.
        label_names: the labels of the model, in its order; empty for a regression.
        form: what is told of its form; the rest is guessed from the file and the run's own.
        columns: names of its columns that are not those of the run's own: of ``text``, ``pair`` and ``label``.

    Raises:
        DataError: the file is missing or malformed, or has a label that the model does not know.
    """
    source = source_told(settings)
    layout = source.layout.for_another(path, form, **(columns or {}))
    own = replace(source, layout=layout, download=None, chosen_by=COLUMNS_ARE_CHOSEN)
    told = [name for what, name in (columns or {}).items() if what == "label"]
    file = SourceFile(path, "optional", also=tuple(told))
    table = _read(own, file)
    if layout.form.header is False and (form is None or form.header is None):
        refuse_names(path, table.lines[0], [column[0] for column in table.columns.values()], _CHOOSING)
    return _examples(own, file, table, _model_codec(source, label_names))


def _drawn(splits: dict[str, Examples], settings: DataSettings, source: Source) -> dict[str, Examples]:
    """Take dev (where there is none), the subset and the selection set out of train, in this order."""
    seed, kind = settings.subset_seed, source.kind
    train, others = splits["train"], {name: each for name, each in splits.items() if name != "train"}
    if "dev" not in others:
        train, others["dev"] = set_aside(train, source.dev_fraction or _DEV_FRACTION, kind, seed=seed, purpose="dev")
    if settings.train_size is not None:
        train = subset(train, settings.train_size, kind, seed=seed)
    if settings.select_fraction > 0:
        train, others["select"] = set_aside(train, settings.select_fraction, kind, seed=seed, purpose="select")
    return {"train": train, **others}


def _renumbered(examples: Examples, dataset: Dataset, model_names: Sequence[str]) -> Examples:
    names = dataset.label_names
    if examples.labels is None or not names:
        return examples
    numbers = LabelCodec.of_names(names).renumbered(model_names).numbers
    order = np.array([numbers[name] for name in names], np.int64)
    labels = examples.labels.astype(np.int64)
    if dataset.kind == "multilabel":
        return replace(examples, labels=to_numbers(members(labels, len(names))[:, np.argsort(order)]))
    return replace(examples, labels=order[labels])


def _model_codec(source: Source, label_names: Sequence[str]) -> LabelCodec:
    if source.codec is None:
        return LabelCodec.of_names(label_names, source.layout.label_separator)
    return source.codec.renumbered(label_names)


def _read(source: Source, file: SourceFile) -> Table:
    source.require(file)
    layout = source.layout
    required = [*layout.texts, *[layout.label] * (file.labelled == "required"), *file.also]
    optional = [layout.label] * (file.labelled == "optional")
    joined = {layout.label: layout.label_separator} if layout.label_separator else None
    try:
        table = read_table(file.path, required, optional, form=layout.form, header=file.header, joined=joined)
    except MissingColumnError as error:
        raise error.chosen_by(source.chosen_by) from None
    if file.rows not in (None, len(table)):
        message = f"{len(table):,} rows, and not the {file.rows:,} that task '{source.task}' says there are"
        raise file_error(file.path, None, message, "Is it whole? Else mend or leave out `rows` in the task's file.")
    return table


def _examples(source: Source, file: SourceFile, table: Table, codec: LabelCodec) -> Examples:
    layout = source.layout
    labelled = is_labelled(source, file, table)
    return Examples(
        ids=list(map(str, table.numbers)),
        texts=texts_in(file, table, layout.text),
        pairs=None if layout.pair is None else texts_in(file, table, layout.pair),
        labels=codec.read(table, layout.label) if labelled else None,
        path=table.path,
        lines=table.lines,
        blank=table.blank,
        form=table.form,
    )


def is_labelled(source: Source, file: SourceFile, table: Table) -> bool:
    """Whether every row of a file must have a label."""
    return file.labelled == "required" or has_labels(table, source.layout.label)


def texts_in(file: SourceFile, table: Table, column: str) -> list[str]:
    """Return the texts of a column.

    Raises:
        DataError: one is empty; the message names its line.
    """
    texts = table.columns[column]
    empty = [row for row, text in enumerate(texts) if not text.strip()]
    if empty and not file.may_be_empty:
        raise table.errors(empty, f"column '{column}' is empty", hint="Give the row a text, or take it out.")
    return texts
