"""The checks as a training makes them: errors stop it, all at once; of warnings it says a line, and goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ftcli.checks.check import all_checks
from ftcli.checks.finding import Finding, in_words, rows_in
from ftcli.checks.look import look_over, rows_refused
from ftcli.checks.tokens import find_token_counter
from ftcli.checks.too_long import longer_than_training
from ftcli.errors import DataError, FtcliError
from ftcli.models.limits import most_tokens, within
from ftcli.settings.data import DataSettings
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.load import load_dataset
from ftcli.tasks.reading.table import blank_rows, so_in_more

_KINDS_SHOWN = 10
"""Of how many kinds of error a training that can't start says the rows."""


def load_to_train(settings: DataSettings) -> Dataset:
    """Load the data of a training that is about to start.

    Raises:
        UsageError: as ``load_dataset``.
        DataError: as ``load_dataset``, but for errors in rows: all kinds of them are told, as ``ftcli check`` does.
    """
    try:
        return load_dataset(settings)
    except DataError as error:
        raise _with_all_kinds(error, settings) from None


def _with_all_kinds(first: DataError, settings: DataSettings) -> DataError:
    try:
        found = rows_refused(settings)
    except FtcliError:
        return first  # it is about a file as a whole
    if len(found) < 2:
        return first
    shown, more = found[:_KINDS_SHOWN], len(found[_KINDS_SHOWN:])
    told = [_told(finding) for finding in shown] + [f"and {more:,} more kinds of error"] * (more > 0)
    hints = dict.fromkeys(finding.hint for finding in found)
    return DataError("\n".join(told), hint=" ".join([*hints, "ftcli check --json names all rows."]))


def _told(finding: Finding) -> str:
    first, *others = finding.places
    return f"{first}: {finding.message}{so_in_more([place.line for place in others if place.line is not None])}"


def within_model(settings: TrainSettings, tell: Callable[[str], None] | None) -> TrainSettings:
    """Return the settings with no more tokens than the model takes, so that they say what is done."""
    try:
        length = within(settings.max_length, most_tokens(settings.model))
    except FtcliError:
        return settings  # the training is about to say what is wrong with the model
    if length == settings.max_length:
        return settings
    if tell and "max_length" in settings.model_fields_set:
        tell(f"{settings.model} takes {length} tokens at most: --max-length {settings.max_length} becomes {length}.")
    return settings.model_copy(update={"max_length": length})


def warnings_about(dataset: Dataset, settings: TrainSettings, tell: Callable[[str], None]) -> list[Finding] | None:
    """Check the data of a training that is about to start, tell what was found in a line, and return it.

    Without ``settings.check`` or such a model nothing is looked at, and None returned. Rows that were skipped are told
    of a task's own files; of others they were, when it was settled how these are read. Settings that go beyond the end
    of a training on so many examples are told, too.
    """
    for line in [] if settings.train_file else _skipped(dataset):
        tell(line)
    for line in longer_than_training(settings, settings.steps_per_epoch(len(dataset.splits["train"]))):
        tell(f"Note: {line}")
    if not settings.check:
        return None
    try:
        tokens = find_token_counter(settings.model)
    except FtcliError:
        return None  # the training is about to say what is wrong with the model
    found = look_over(dataset, settings, tokens)
    if found:
        tell(in_short(found))
    return found


def _skipped(dataset: Dataset) -> list[str]:
    blank = {split.path: split.blank for split in dataset.splits.values() if split.path and split.blank}
    return [f"Skipped {blank_rows(path, lines)}." for path, lines in blank.items() if path]


def in_short(findings: Sequence[Finding]) -> str:
    """Say in a line what was found, and the first rows of each kind.

    >>> from ftcli.checks.finding import Place
    >>> rows = [Place(file="dev.csv", line=3), Place(file="dev.csv", line=7)]
    >>> in_short([Finding(check="leakage", message="", hint="", count=count, places=rows[:count]) for count in (2, 1)])
    'Warning: leakage in 2 rows (dev.csv lines 3, 7). ftcli check says what to do; --no-check leaves this out.'
    """
    found = {check: [each for each in findings if each.check == check.name] for check in all_checks()}
    named = [f"{check.in_short(of_check)}{_where(of_check)}" for check, of_check in found.items() if of_check]
    return f"Warning: {', '.join(named)}. ftcli check says what to do; --no-check leaves this out."


def _where(findings: Sequence[Finding]) -> str:
    places, count = rows_in(findings)
    where = in_words(places, max(count, len(places)))
    return f" ({where})" if where else ""
