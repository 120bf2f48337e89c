"""Turning the label column of a table into class numbers or target values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError
from ftcli.tasks.kind import Kind
from ftcli.tasks.labelsets import MOST_LABELS, to_number
from ftcli.tasks.reading.columns import listing
from ftcli.tasks.reading.errors import file_error
from ftcli.tasks.reading.table import Table

LabelArray = NDArray[np.int64] | NDArray[np.float32]

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class LabelCodec:
    """How the labels of a task are read.

    ``names`` is in the order of the class numbers; ``numbers`` gives the class of each spelling that a file
    may use. Both are empty for a regression. Where an example may have several labels, the separator stands
    between them, and their numbers are those of ``labelsets``.
    """

    kind: Kind
    names: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    separator: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """How files spell the labels, in the order of the class numbers."""
        first = {number: raw for raw, number in reversed(list(self.numbers.items()))}
        return tuple(first[number] for number in range(len(self.names)))

    @classmethod
    def of_names(cls, names: Sequence[str], separator: str | None = None) -> LabelCodec:
        """Make the codec of a task with classes whose files spell the labels as they are named."""
        return cls("multilabel" if separator else "classification", tuple(names), _positions(names), separator)

    def renumbered(self, names: Sequence[str]) -> LabelCodec:
        """Return a codec with the class numbers of a model that orders the labels its own way.

        Both the names and the spellings of the files are understood.

        Raises:
            DataError: a label is not among the names.
        """
        if self.kind == "regression":
            return self
        if unknown := [name for name in self.names if name not in names]:
            raise DataError(f"the model does not know the label{'s' * (len(unknown) > 1)} {listing(unknown)}")
        numbers = {raw: names.index(self.names[number]) for raw, number in self.numbers.items()}
        return replace(self, names=tuple(names), numbers=numbers | _positions(names))

    def read(self, table: Table, column: str) -> LabelArray:
        """Return the labels of a column, shape [rows]: class numbers, numbers of sets, or values.

        Raises:
            DataError: a label is empty, not a number, or none of the known; the message names its line.
        """
        labels = [label.strip() for label in table.columns[column]]
        if self.separator is not None:
            return np.array([self._set(table, row, label) for row, label in enumerate(labels)], np.int64)
        if empty := [row for row, label in enumerate(labels) if not label]:
            raise table.errors(empty, "the label is empty", hint="Give each row a label.")
        if self.kind == "regression":
            return np.array([_target(table, row, label) for row, label in enumerate(labels)], np.float32)
        return np.array([self._number(table, row, label) for row, label in enumerate(labels)], np.int64)

    def _set(self, table: Table, row: int, labels: str) -> int:
        assert self.separator is not None
        return to_number(self._number(table, row, label) for label in parts(labels, self.separator))

    def _number(self, table: Table, row: int, label: str) -> int:
        if label not in self.numbers:
            alike = [name for name in self.numbers if _same_number(name, label)]
            meant = f" Write '{alike[0]}' for it." if len(alike) == 1 else ""
            raise table.error(row, f"unknown label '{label}'", hint=f"The labels are: {listing(self.numbers)}.{meant}")
        return self.numbers[label]


def codec_from_train(
    table: Table, column: str, separator: str | None = None, positive: str | None = None
) -> LabelCodec:
    """Make the codec of a task with classes from the labels that the training file has, in natural order.

    Where one of two is said to be the ``positive`` one, it is the second.

    Raises:
        DataError: a label is empty, or all are the same, or there are too many for sets of them, or there is no such
            positive one.
    """
    cells = table.columns[column]
    distinct = {label for cell in cells for label in ([cell.strip()] if separator is None else parts(cell, separator))}
    if len(distinct - {""}) < 2:
        only = "".join(f" is '{label}'" for label in distinct - {""}) or " is empty"
        hint = f"A classification needs two labels at least; is '{column}' the right column?"
        raise file_error(table.path, None, f"every label{only}: there is nothing to learn", hint)
    if separator is not None and len(distinct) > MOST_LABELS:
        hint = f"Is '{separator}' what stands between the labels, and '{column}' the right column?"
        raise file_error(table.path, None, f"{len(distinct)} labels; at most {MOST_LABELS} can go together", hint)
    names = natural_order(distinct - {""})
    if positive is not None:
        if positive not in names or len(names) != 2 or separator is not None:
            hint = f"It is one of two classes; the labels are: {listing(names)}."
            raise file_error(table.path, None, f"--positive-label '{positive}' is none of two classes", hint)
        names.sort(key=positive.__eq__)
    return LabelCodec.of_names(names, separator)


def parts(cell: str, separator: str) -> list[str]:
    """Return the labels in a cell, which may be none."""
    return [label for part in cell.split(separator) if (label := part.strip())]


def natural_order(labels: set[str]) -> list[str]:
    """Sort by value where all are whole numbers, else alphabetically."""
    if all(re.fullmatch(r"[+-]?[0-9]{1,18}", label) for label in labels):
        return sorted(labels, key=lambda label: (int(label), label))
    return sorted(labels)


def has_labels(table: Table, column: str) -> bool:
    """Say whether the table has that column with anything in it."""
    return any(label.strip() for label in table.columns.get(column, ()))


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _positions(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _target(table: Table, row: int, label: str) -> float:
    try:
        value = math.nan if "_" in label else float(label)  # Python reads 1_000 as a number
    except ValueError:
        value = math.nan
    if not abs(value) <= _LARGEST:
        raise _not_a_number(table, row, label)
    return value


def _not_a_number(table: Table, row: int, label: str) -> DataError:
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", label):  # one message for all rows of a file that is written so
        hint = "Write decimals after a point, as in 3.5. To learn classes, train with --no-regression."
        return table.error(row, "the label is not a finite number: a comma stands in it", hint=hint)
    hint = "A regression learns finite numbers, decimals after a point. To learn classes, train with --no-regression."
    return table.error(row, f"the label '{label}' is not a finite number", hint=hint)
