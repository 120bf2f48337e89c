"""Looking over data: before a training, or for its own sake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ftcli.checks.check import all_checks
from ftcli.checks.faults import Fault, faults_in, findings_of, without
from ftcli.checks.finding import Finding, Severity
from ftcli.checks.subject import Subject
from ftcli.checks.tokens import TokenCounter, find_token_counter
from ftcli.errors import DataError
from ftcli.models.limits import most_tokens, within
from ftcli.settings.data import DataSettings
from ftcli.settings.model import ModelSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.load import codec_of, dataset_of, read_tables
from ftcli.tasks.reading.table import Table
from ftcli.tasks.sources import Source, find_source


@dataclass(frozen=True)
class Looked:
    """What was found. ``dataset`` is without the rows at fault, and None where nothing to learn is left."""

    findings: list[Finding]
    left_out: list[str]
    dataset: Dataset | None

    @property
    def errors(self) -> int:
        """How many findings keep a training from starting."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


def look_at(settings: DataSettings, model: ModelSettings) -> Looked:
    """Read the files and check them; what no training would take is found in all rows.

    Raises:
        UsageError: the settings name no data or no model, or make no sense.
        DataError: a file is missing or malformed.
    """
    source = find_source(settings)
    tables = read_tables(source)
    try:
        faults = _faults(source, tables)
    except DataError as error:
        return Looked([_of_the_whole(error)], [], None)
    findings = _findings(tables, faults)
    sound = {name: without(table, faults[name]) for name, table in tables.items()}
    if bare := [name for name, table in sound.items() if not len(table)]:
        return Looked(findings, [f"all other checks, for {' and '.join(bare)} has no row without an error"], None)
    try:
        dataset = dataset_of(source, sound, settings)
    except DataError as error:
        return Looked([*findings, _of_the_whole(error)], [], None)
    tokens = find_token_counter(model.model)
    left_out = [] if tokens else [f"truncation: {model.model} is not on this machine with a readable tokenizer.json"]
    findings += look_over(dataset, model, tokens)
    return Looked([*findings, *_in_other_folds(source, sound, settings)], left_out, dataset)


def rows_refused(settings: DataSettings) -> list[Finding]:
    """Return every kind of error in the rows of the files, each with all of its rows.

    Raises:
        UsageError: the settings name no data, or make no sense.
        DataError: a file is missing or malformed, or train has fewer than two labels.
    """
    source = find_source(settings)
    tables = read_tables(source)
    return _findings(tables, _faults(source, tables))


def look_over(dataset: Dataset, model: ModelSettings, tokens: TokenCounter | None) -> list[Finding]:
    """Check a data set that can be read; without ``tokens`` no text counts as too long.

    Raises:
        UsageError: there can be no model of that name.
    """
    most = most_tokens(model.model)
    subject = Subject(dataset, within(model.max_length, most), tokens if model.long_text == "cut" else None, most)
    return [finding for check in all_checks() for finding in check.look(subject)]


def _in_other_folds(source: Source, tables: Mapping[str, Table], settings: DataSettings) -> Iterator[Finding]:
    """Yield what is judged on what was learned from in the folds after the first, where there are folds."""
    if settings.folds is None or settings.fold is not None:
        return
    for fold in range(2, settings.folds + 1):
        dataset = dataset_of(source, tables, settings.model_copy(update={"fold": fold}))
        subject = Subject(dataset, max_length=0)
        for check in all_checks():
            if check.of_each_fold:
                for finding in check.look(subject):
                    yield finding.model_copy(update={"message": f"fold {fold}: {finding.message}"})


def _faults(source: Source, tables: Mapping[str, Table]) -> dict[str, list[Fault]]:
    codec = codec_of(source, tables)
    return {name: faults_in(source, name, table, codec) for name, table in tables.items()}


def _findings(tables: Mapping[str, Table], faults: Mapping[str, list[Fault]]) -> list[Finding]:
    return [finding for name, table in tables.items() for finding in findings_of(table, faults[name])]


def _of_the_whole(error: DataError) -> Finding:
    return Finding(check="data", severity=Severity.ERROR, message=error.message, hint=error.hint or "", count=1)
