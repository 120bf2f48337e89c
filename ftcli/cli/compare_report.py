"""How a comparison looks in the terminal: for each task a table, a plot of all runs, and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ftcli.cli.console import out, safe
from ftcli.cli.scores import number
from ftcli.cli.strip import shortened, strips
from ftcli.compare.report import Against, Comparison, Counts, Group, Verdict
from ftcli.compare.report import Table as TaskTable

_BEST_OF = 5
_ANY = 10_000
"""Columns: more than any table takes."""
_SPARE = 12
"""Columns that names of recipes are to have beyond their longest word, where they don't fit in one line."""
_COUNTED = ("collapsed", "exploded", "diverged", "failed", "interrupted", "running")
_COLOURS = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.NOT_PROVEN: "yellow"}


def show(comparison: Comparison) -> None:
    """Print it."""
    for table in comparison.tables:
        for line in _table_that_fits(table):
            out.print(line, soft_wrap=isinstance(line, str))
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


def _table_that_fits(table: TaskTable) -> Iterator[Table | str]:
    """Yield the table, with the columns that there is room for in one line, and below it what is in the others."""
    for headings in _LAYOUTS:
        shown = _table(table, headings)
        needed = out.measure(shown, options=out.options.update_width(_ANY))
        if needed.maximum <= out.width or (headings != _LAYOUTS[0] and needed.minimum + _SPARE <= out.width):
            break
    yield shown
    if headings != _LAYOUTS[0]:
        for group in table.groups:
            left_out = {heading: _CELLS[heading](group) for heading in _CELLS if heading not in headings}
            told = [f"{heading} {cell}" for heading, cell in left_out.items() if cell not in ("0", "-", "")]
            if told:
                yield f"[dim]  {safe(group.label)}: {safe('; '.join(told))}[/]"


def _table(table: TaskTable, headings: Sequence[str]) -> Table:
    metric = safe(table.metric or "score")
    shown = Table(
        title=f"[bold]{safe(table.task)}[/]: {metric} on {table.split}, mean ± standard deviation over {table.spread}",
        title_justify="left",
        caption=_baseline(table),
        caption_justify="left",
    )
    whole = headings == _LAYOUTS[0]
    shown.add_column("recipe", overflow="fold")
    for heading in headings:
        if heading == _APART and not any(group.settings for group in table.groups):
            continue
        shown.add_column(heading, **_LONG.get(heading, {"justify": "right", "no_wrap": True}))
    for group in table.groups:
        recipe = " + ".join(group.recipe) or "baseline"
        name = recipe + (", race" if group.race else "") if whole else group.label
        shown.add_row(safe(name), *(safe(_CELLS[str(column.header)](group)) for column in shown.columns[1:]))
    return shown


def _spread(group: Group) -> str:
    deviation = group.standard_deviation
    return number(group.mean) + (f" ± {deviation:.4f}" if deviation is not None else "")


def _failures(group: Group) -> str:
    counts: Counts = group.counts
    found = [f"{count} {name}" for name in _COUNTED if (count := getattr(counts, name))]
    no_better = group.failures - counts.collapsed - counts.diverged
    return ", ".join([*found, *([f"{no_better} no better than majority"] if no_better else [])]) or "0"


def _settings(group: Group) -> str:
    return ", ".join(f"{key}={'-' if value is None else value}" for key, value in group.settings.items())


_APART = "settings that differ"
_CELLS: dict[str, Callable[[Group], str]] = {
    "runs": lambda group: f"{group.counts.finished} of {len(group.runs)}" if group.race else str(len(group.runs)),
    "score": _spread,
    "median": lambda group: number(group.median),
    "worst": lambda group: number(group.worst),
    "best": lambda group: number(group.best),
    "failed": _failures,
    "time": lambda group: "-" if group.train_seconds is None else f"{group.train_seconds:.0f} s",
    _APART: _settings,
}
_LAYOUTS = (
    tuple(_CELLS),
    ("runs", "score", "median", "worst", "best", "time"),
    ("runs", "score", "worst", "best"),
    ("score",),
)
"""The columns behind the recipe's, from wide to narrow; what the last ones leave out stands below the table."""
_LONG: dict[str, Any] = {"failed": {"justify": "right"}, _APART: {"overflow": "fold"}}
"""How columns of words are laid out; the others are numbers."""


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
    longest = min(max(len(group.label) for group in table.groups), max(16, out.width // 2))
    width = max(24, min(72, out.width - longest - 4))
    groups = [(shortened(group.label, longest), group.scores, group.mean) for group in table.groups]
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
