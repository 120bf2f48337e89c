"""Scores as a table."""

from __future__ import annotations

from rich.table import Table

from ftcli.runs.evaluation import Evaluation


def score_table(evaluation: Evaluation, last: Evaluation | None = None) -> Table:
    """Return all scores beside the majority baseline's, and beside those of the last weights where there are any."""
    columns = [evaluation.metrics, *([last.metrics] if last else []), evaluation.majority or {}]
    table = Table("score")
    for heading in ("value", *(["last weights"] if last else []), "majority baseline"):
        table.add_column(heading, justify="right")
    for name in evaluation.metrics:
        cells = [number(column.get(name)) for column in columns]
        table.add_row(name, *cells, style="bold" if name == evaluation.metric else None)
    return table


def interval(evaluation: Evaluation) -> str:
    """Return the main score with its confidence interval, in words."""
    found = evaluation.interval
    score = f"{evaluation.metric} {number(evaluation.score)}"
    if found is None:
        return score
    return f"{score}, {found.level:.0%} interval over the examples {number(found.low)} to {number(found.high)}"


def number(value: float | None) -> str:
    """Return a score to four digits."""
    return "-" if value is None else f"{value:.4f}"
