"""``ftcli compare``."""

from __future__ import annotations

import typer
from rich.table import Table

from ftcli.cli.command import add_command
from ftcli.cli.console import out, print_json, safe
from ftcli.cli.scores import number
from ftcli.compare.report import Comparison, Counts, Group
from ftcli.compare.report import Table as TaskTable
from ftcli.settings.compare import CompareSettings

ORDER = 40
_COUNTED = ("collapsed", "diverged", "failed", "interrupted", "running")


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "compare", CompareSettings, "paths", _run)


def _run(settings: CompareSettings, as_json: bool) -> None:
    """Put runs side by side, grouped by what they differ in beside the seed."""
    from ftcli import api

    comparison = api.compare(settings)
    print_json(comparison.model_dump(mode="json")) if as_json else _show(comparison)


def _show(comparison: Comparison) -> None:
    for table in comparison.tables:
        out.print(_table(table))
        for note in table.notes:
            out.print(f"[yellow]Note:[/] {safe(note)}", soft_wrap=True)
    for note in comparison.notes:
        out.print(f"[yellow]Note:[/] {safe(note)}", soft_wrap=True)


def _table(table: TaskTable) -> Table:
    metric = safe(table.metric or "score")
    shown = Table(
        title=f"[bold]{safe(table.task)}[/]: {metric} on {table.split}, mean ± standard deviation over the seeds",
        title_justify="left",
        caption=_baseline(table),
        caption_justify="left",
    )
    shown.add_column("recipe", overflow="fold")
    for heading in ("runs", "score", "worst", "best", "failed", "time"):
        shown.add_column(heading, justify="right")
    shown.add_column("settings that differ", overflow="fold")
    for group in table.groups:
        settings = ", ".join(f"{key}={'-' if value is None else value}" for key, value in group.settings.items())
        shown.add_row(
            safe(" + ".join(group.recipe) or "baseline"),
            str(len(group.runs)),
            _spread(group),
            number(group.worst),
            number(group.best),
            _failures(group.counts),
            "-" if group.train_seconds is None else f"{group.train_seconds:.0f} s",
            safe(settings),
        )
    return shown


def _spread(group: Group) -> str:
    deviation = group.standard_deviation
    return number(group.mean) + (f" ± {deviation:.4f}" if deviation is not None else "")


def _failures(counts: Counts) -> str:
    found = [f"{count} {name}" for name in _COUNTED if (count := getattr(counts, name))]
    return ", ".join(found) or "0"


def _baseline(table: TaskTable) -> str:
    majority = {number(group.majority) for group in table.groups if group.majority is not None}
    examples = {str(group.examples) for group in table.groups if group.examples is not None}
    if not examples:
        return "no finished run yet"
    facts = f"majority baseline {' or '.join(sorted(majority)) or '-'}; {' or '.join(sorted(examples))} examples"
    return f"{facts}; collapsed runs count, unfinished ones don't"
