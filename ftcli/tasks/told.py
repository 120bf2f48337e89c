"""What is told of files of the user's own: how they were read, and what of their labels may be meant otherwise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ftcli.settings.data import DataSettings
from ftcli.tasks.joined import seemingly_joined
from ftcli.tasks.labels import natural_order, parts
from ftcli.tasks.reading.columns import listing, match_column
from ftcli.tasks.reading.form import Form
from ftcli.tasks.reading.table import Table, blank_rows
from ftcli.tasks.roles import NUMBER, looks_like_numbers
from ftcli.wording import counted

_UNIT = r"[^\W\d]{0,4}[%‰°€$£¥]?"
_WITH_UNIT = re.compile(rf"(?P<before>{_UNIT}) ?(?P<number>{NUMBER.pattern}) ?(?P<behind>{_UNIT})")


def told_of(settings: DataSettings, tables: Sequence[Table], forms: Sequence[Form]) -> tuple[str, ...]:
    """Return what to tell of files, that of training first, a line for each matter; the settings leave nothing open."""
    table, separator = tables[0], settings.label_separator
    cells = labels_of(table, settings.label_column)
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
    blank = {each.path: f"Skipped {blank_rows(each.path, each.blank)}." for each in tables if each.blank}.values()
    if settings.regression:
        return (line, *blank)
    several = [] if "label_separator" in settings.model_fields_set else _several(labels)
    return (line, *blank, *several, *_alike(labels), *_in_quotes(labels), *_stray(table, cells), *_with_units(cells))


def labels_of(table: Table, column: str) -> list[str]:
    """Return the cells of a column without white space around them; none where there is no such column."""
    name = match_column(column, table.columns)
    return [label.strip() for label in table.columns[name]] if name else []


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


def _stray(table: Table, cells: Sequence[str]) -> list[str]:
    """Tell of the few labels, one a row, that are no numbers where all others are."""
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    others = [row for row, cell in enumerate(cells) if cell and not NUMBER.fullmatch(cell)]
    if not others or len(others) > len(cells) / 10 or not looks_like_numbers(numbers):
        return []
    return [
        f"{len(numbers)} of {len(cells)} labels are numbers, and {table.path} line {table.lines[others[0]]} has "
        f"'{cells[others[0]]}': classes are made of all of them. To predict the numbers mend it, and say --regression."
    ]


def _with_units(cells: Sequence[str]) -> list[str]:
    """Tell of labels that are numbers with the same sign or unit before or behind each."""
    found = [match for cell in cells if cell and (match := _WITH_UNIT.fullmatch(cell))]
    units = {(match["before"], match["behind"]) for match in found}
    if len(found) < sum(map(bool, cells)) or len(units) != 1 or units == {("", "")}:
        return []
    if not looks_like_numbers([match["number"] for match in found]):
        return []
    return [
        f"Labels such as '{found[0][0]}' are numbers with a unit: classes are made of them. To predict the numbers "
        "take the unit off."
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
