"""Rows that no training would take: all of them, where loading stops at the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ftcli.checks.finding import Finding, Place, Severity
from ftcli.errors import DataError
from ftcli.tasks.labels import LabelCodec
from ftcli.tasks.load import is_labelled, texts_in
from ftcli.tasks.reading.table import Table
from ftcli.tasks.sources import Source


@dataclass(frozen=True)
class Fault:
    """A row that is refused, and why."""

    check: str
    row: int
    message: str
    hint: str


def faults_in(source: Source, split: str, table: Table, codec: LabelCodec) -> list[Fault]:
    """Return everything in a file that loading it would refuse."""
    layout, file = source.layout, source.files[split]
    found = [
        fault
        for column in layout.texts
        for fault in _faults("empty-texts", table, partial(texts_in, file, column=column))
    ]
    if is_labelled(source, file, table):
        found += _faults("labels", table, lambda part: codec.read(part, layout.label))
    return found


def without(table: Table, faults: Sequence[Fault]) -> Table:
    """Return a table without the rows at fault."""
    bad = {fault.row for fault in faults}
    return _take(table, [row for row in range(len(table)) if row not in bad])


def findings_of(table: Table, faults: Sequence[Fault]) -> Iterator[Finding]:
    """Yield a finding for each kind of fault in a file, in the order of their first rows."""
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in sorted(faults, key=lambda fault: fault.row):
        kinds.setdefault((fault.check, fault.message), []).append(fault)
    for (check, message), same in kinds.items():
        yield Finding(
            check=check,
            severity=Severity.ERROR,
            message=message,
            hint=same[0].hint,
            count=len(same),
            places=[Place(file=str(table.path), line=table.lines[fault.row]) for fault in same],
        )


def _faults(check: str, table: Table, load: Callable[[Table], object], first: int = 0) -> Iterator[Fault]:
    """Yield each row that ``load`` refuses, found by halving the table until it is the only one.

    So whatever loading refuses is found, and nothing else.
    """
    try:
        load(table)
    except DataError as error:
        if len(table) == 1:
            message = error.message.removeprefix(f"{table.path}:{table.lines[0]}:").strip()
            yield Fault(check, first, message, error.hint or "")
            return
        middle = len(table) // 2
        yield from _faults(check, _take(table, range(middle)), load, first)
        yield from _faults(check, _take(table, range(middle, len(table))), load, first + middle)


def _take(table: Table, rows: Sequence[int]) -> Table:
    columns = {name: [column[row] for row in rows] for name, column in table.columns.items()}
    return replace(table, columns=columns, lines=[table.lines[row] for row in rows])
