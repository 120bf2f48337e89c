"""How a comparison looks in the terminal: for each task a table, a plot of all runs, and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.table import Table
from rich.text import Text

from ftcli.cli.console import out, safe
from ftcli.cli.scores import number
from ftcli.cli.strip import strips
from ftcli.compare.report import Against, Comparison, Counts, Group, Verdict
from ftcli.compare.report import Table as TaskTable

_BEST_OF = 5
_NARROW = 100
"""Columns of the terminal below which what is long stands under the table, not in it."""
_COUNTED = ("collapsed", "exploded", "diverged", "failed", "interrupted", "running")
_COLOURS = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.NOT_PROVEN: "yellow"}


def show(comparison: Comparison) -> None:
    """Print it."""
    for table in comparison.tables:
        narrow = out.width < _NARROW
        out.print(_table(table, narrow=narrow))
        for line in _failures_by_name(table) if narrow else ():
            out.print(line, soft_wrap=True)
        _show_strips(table)
        for line in _verdicts(table):
            out.print(line, soft_wrap=True)
        for line in _described(table):
            out.print(f"[dim]{line}[/]", soft_wrap=True)
        for told in [*(each.in_words for each in table.growth), *(each.in_words for each in table.spreads)]:
            out.print(safe(told), soft_wrap=True)
        for note in table.notes:
            out.print(f"[yellow]Note:[/] {safe(note)}", soft_wrap=True)
    for note in comparison.notes:
        out.print(f"[yellow]Note:[/] {safe(note)}", soft_wrap=True)


def _table(table: TaskTable, *, narrow: bool) -> Table:
    metric = safe(table.metric or "score")
    shown = Table(
        title=f"[bold]{safe(table.task)}[/]: {metric} on {table.split}, mean ± standard deviation over {table.spread}",
        title_justify="left",
        caption=_baseline(table),
        caption_justify="left",
    )
    shown.add_column("recipe", overflow="fold")
    columns = {heading: cell for heading, cell in _CELLS.items() if not narrow or heading not in _LEFT_OUT}
    for heading in columns:
        shown.add_column(heading, justify="right", no_wrap=narrow)
    apart = not narrow and any(group.settings for group in table.groups)
    if apart:
        shown.add_column("settings that differ", overflow="fold")
    for group in table.groups:
        settings = ", ".join(f"{key}={'-' if value is None else value}" for key, value in group.settings.items())
        name = group.label if narrow else " + ".join(group.recipe) or "baseline"
        cells = [cell(group) for cell in columns.values()]
        shown.add_row(safe(name + (", race" if group.race else "")), *cells, *([safe(settings)] if apart else []))
    return shown


def _spread(group: Group) -> str:
    deviation = group.standard_deviation
    return number(group.mean) + (f" ± {deviation:.4f}" if deviation is not None else "")


def _failures(group: Group) -> str:
    counts: Counts = group.counts
    found = [f"{count} {name}" for name in _COUNTED if (count := getattr(counts, name))]
    no_better = group.failures - counts.collapsed - counts.diverged
    return ", ".join([*found, *([f"{no_better} no better than majority"] if no_better else [])]) or "0"


def _failures_by_name(table: TaskTable) -> Iterator[str]:
    """Say of each recipe of which runs failed what of them became."""
    for group in table.groups:
        if (failures := _failures(group)) != "0":
            yield f"  {safe(group.label)}: {failures}"


_CELLS: dict[str, Callable[[Group], str]] = {
    "runs": lambda group: f"{group.counts.finished} of {len(group.runs)}" if group.race else str(len(group.runs)),
    "score": _spread,
    "median": lambda group: number(group.median),
    "worst": lambda group: number(group.worst),
    "best": lambda group: number(group.best),
    "failed": _failures,
    "time": lambda group: "-" if group.train_seconds is None else f"{group.train_seconds:.0f} s",
}
_LEFT_OUT = {"median", "failed", "time"}
"""Columns that a narrow terminal has no room for."""


def _baseline(table: TaskTable) -> str:
    majority = {number(group.majority) for group in table.groups if group.majority is not None}
    linear = {number(group.linear) for group in table.groups if group.linear is not None}
    examples = {str(group.examples) for group in table.groups if group.examples is not None}
    if not examples:
        return "no finished run yet"
    facts = f"majority baseline {' or '.join(sorted(majority)) or '-'}; "
    facts += f"TF-IDF baseline {' or '.join(sorted(linear))}; " if linear else ""
    facts += f"{' or '.join(sorted(examples))} examples"
    return f"{facts}; collapsed runs count, unfinished ones don't"


def _show_strips(table: TaskTable) -> None:
    longest = max(len(group.label) for group in table.groups)
    width = max(24, min(72, out.width - longest - 4))
    groups = [(group.label, group.scores, group.mean) for group in table.groups]
    for name, line in strips(groups, width):
        out.print(Text(f"{safe(name).rjust(longest)}  {line}"), soft_wrap=True)


def _verdicts(table: TaskTable) -> Iterator[str]:
    tested = [(group, group.against) for group in table.groups if group.against is not None]
    if not tested:
        return
    yield f"Against [bold]{safe(table.baseline)}[/] ({table.test}, Holm-corrected):"
    for group, found in tested:
        verdict = f"[{_COLOURS[found.verdict]}]{found.verdict.value}[/]"
        yield f"  {safe(group.label)}: {verdict}{_difference(found)} ({safe(found.reason)}){_outlook(found, group)}"


def _described(table: TaskTable) -> Iterator[str]:
    """Say what describes the recipes and decides nothing."""
    whole = [group for group in table.groups if len(group.scores) >= _BEST_OF and not group.race]
    if whole:
        listed = "; ".join(f"{safe(group.label)} {number(group.expected_best[_BEST_OF - 1])}" for group in whole)
        yield f"Expected best of {_BEST_OF} runs: {listed}"
    bounds = [(group.label, group.against.almost_stochastic_order) for group in table.groups if group.against]
    if any(bound is not None for _, bound in bounds):
        listed = "; ".join(f"{safe(label)} {bound:.2f}" for label, bound in bounds if bound is not None)
        yield f"Almost stochastic order (below 0.5: larger scores than {safe(table.baseline)}): {listed}"


def _difference(found: Against) -> str:
    if found.difference is None or found.low is None or found.high is None:
        return ""
    return f", {found.difference:+.4f}, 95% interval {found.low:+.4f} to {found.high:+.4f}"


def _outlook(found: Against, group: Group) -> str:
    """Say what these seeds could have shown, and what would settle it."""
    if found.verdict is not Verdict.NOT_PROVEN or found.smallest_provable is None:
        return ""
    could = f"; so many seeds could show {found.smallest_provable:.4f}"
    if found.seeds_to_prove is None:
        return could + "; more seeds would not settle so small a difference on these examples"
    return could + f"; if it is what it seems, about {found.seeds_to_prove} seeds of each would settle it"
