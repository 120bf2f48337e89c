"""How a learning curve looks in the terminal, and what it says in words."""

from __future__ import annotations

from rich.table import Table

from ftcli.baselines.curve import Gain, LearningCurve
from ftcli.cli.console import out
from ftcli.cli.scores import number


def show(curve: LearningCurve) -> None:
    """Show the score at each size, and what follows from it."""
    table = Table("training examples", title="TF-IDF and a linear model, by labels", title_justify="left")
    for heading in (curve.metric, "lowest", "highest"):
        table.add_column(heading, justify="right")
    for point in curve.points:
        scores = (point.mean, min(point.scores), max(point.scores))
        table.add_row(f"{point.size:,}", *map(number, scores))
    out.print(table)
    for line in in_words(curve):
        out.print(line, soft_wrap=True)


def in_words(curve: LearningCurve) -> list[str]:
    """Say what the last doubling brought, what tuning brings, and which of them looks better."""
    return [
        f"The last doubling of the labels brought {_gain(curve.doubling)}.",
        f"Tuning brings {_gain(curve.tuning)} (the penalty, chosen by cross-validation on train).",
        _advice(curve.doubling, curve.tuning),
    ]


def _advice(doubling: Gain, tuning: Gain) -> str:
    caution = "This is the baseline: `ftcli train --train-size` with a list of sizes measures your encoder."
    if doubling.is_proven and doubling.gain > tuning.gain:
        return f"[bold]More labels are likely to help more than more tuning.[/] {caution}"
    if tuning.is_proven and tuning.gain >= doubling.gain:
        return f"[bold]More tuning is likely to help at least as much as more labels.[/] {caution}"
    return f"[bold]It is not proven that more labels would help, nor that tuning would.[/] {caution}"


def _gain(found: Gain) -> str:
    return f"{found.gain:+.4f}, 95% interval {found.low:+.4f} to {found.high:+.4f}"
