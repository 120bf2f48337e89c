"""Scores as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from ftcli.calibration.temperature import is_at_bound
from ftcli.calibration.threshold import Threshold
from ftcli.cli.console import safe
from ftcli.runs.calibration import Calibration
from ftcli.runs.evaluation import Evaluation

if TYPE_CHECKING:
    from ftcli.api.probabilities import Adjustment

_AT_BOUND = "A temperature is at its bound: there was too little to fit it on, and --calibrated may do harm."


def score_table(evaluation: Evaluation, last: Evaluation | None = None) -> Table:
    """Return all scores beside the baselines', and beside those of the last weights where there are any."""
    columns = {"value": evaluation.metrics, **({"last weights": last.metrics} if last else {}), **evaluation.baselines}
    table = Table("score")
    for heading in columns:
        table.add_column(heading, justify="right")
    for name in evaluation.metrics:
        cells = [number(column.get(name)) for column in columns.values()]
        table.add_row(name, *cells, style="bold" if name == evaluation.metric else None)
    return table


def interval(evaluation: Evaluation) -> str:
    """Return the main score with its confidence interval, in words."""
    found = evaluation.interval
    score = f"{evaluation.metric} {number(evaluation.score)}"
    if found is None:
        return score
    return f"{score}, {found.level:.0%} interval over the examples {number(found.low)} to {number(found.high)}"


def calibration_lines(found: Calibration) -> Iterator[str]:
    """Yield in words how far probabilities are off, and what the tuned threshold is worth, where there is one."""
    on = safe(found.fitted_on)
    fitted = f"fitted on {on}" + (", this same set, which flatters" if found.flatters else "")
    yield (
        f"Calibration: expected error {number(found.expected_calibration_error_before)}, with --calibrated "
        f"{number(found.expected_calibration_error_after)} (temperature {found.temperature:.3g}, {fitted})"
    )
    if found.is_at_bound:
        yield f"[dim]{_AT_BOUND}[/]"
    elif found.is_no_better:
        yield "[dim]The temperature, fitted for the loss, makes this error larger: --calibrated gains nothing here.[/]"
    if found.threshold is not None:
        of = " of each label" if isinstance(found.threshold, dict) else ""
        yield (
            f"Threshold{of}: {_threshold(found.threshold)} gives {safe(found.threshold_metric)} "
            f"{number(found.threshold_score)} in place of {number(found.threshold_default_score)} on {on} "
            "(--threshold tuned" + ("; it was tuned there, which flatters)" if on == "dev" else ")")
        )


def adjustment_lines(found: Adjustment) -> Iterator[str]:
    """Yield with which temperature and threshold the answers were given, where there was any."""
    temperatures, threshold = found.temperatures, found.threshold
    if temperatures is not None:
        yield f"Temperature{'s' * (len(temperatures) > 1)} used: {', '.join(f'{each:.4g}' for each in temperatures)}"
        if any(map(is_at_bound, temperatures)):
            yield f"[dim]{_AT_BOUND}[/]"
    if threshold is not None:
        yield (
            f"Threshold{'s' * isinstance(threshold, dict)} used: {_threshold(threshold)}"
            + (" (on the calibrated probabilities)" if temperatures is not None else "")
        )


def _threshold(found: Threshold) -> str:
    if isinstance(found, dict):
        return ", ".join(f"{safe(name)} {each:.4g}" for name, each in found.items())
    return f"{found:.4g}"


def number(value: float | None) -> str:
    """Return a score to four digits."""
    return "-" if value is None else f"{value:.4f}"
