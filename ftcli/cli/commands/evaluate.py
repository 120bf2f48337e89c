"""``ftcli eval``: Judge a trained model: scores, interval, predictions."""

from __future__ import annotations

import typer

from ftcli.cli.command import add_command
from ftcli.cli.console import out, print_json, safe
from ftcli.cli.scores import adjustment_lines, calibration_lines, interval, score_table
from ftcli.runs.evaluation import Evaluation
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.wording import counted

ORDER = 30


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "eval", EvaluateSettings, "run", _run)


def _run(settings: EvaluateSettings, as_json: bool) -> None:
    from ftcli import api
    from ftcli.tasks.reading.table import blank_rows

    result = api.evaluate(settings)
    if as_json:
        print_json(result.as_json())
        return
    evaluation = result.evaluation
    out.print(f"[bold]{safe(result.model)}[/] on the {safe(result.split)} set", soft_wrap=True)
    if result.form:
        out.print(f"Read {safe(settings.file)} as {safe(result.form.in_words)}", soft_wrap=True)
    if result.data_changed:
        out.print("[yellow]Note:[/] the data has changed since the run was trained")
    if result.blank and settings.file:
        out.print(f"Skipped {safe(blank_rows(settings.file, result.blank))}", soft_wrap=True)
    if evaluation is None:
        more = " --label-column names the column with the labels, where there is one." if settings.file else ""
        out.print(f"The examples have no labels: there is nothing to score.{more}", soft_wrap=True)
    else:
        _show_scores(evaluation, result.seen)
    for line in adjustment_lines(result.adjustment):
        out.print(line, soft_wrap=True)
    for line in calibration_lines(result.calibration) if result.calibration else ():
        out.print(line, soft_wrap=True)
    if result.predictions:
        out.print(f"Predictions: {safe(result.predictions)}", soft_wrap=True)
    if result.submission:
        out.print(f"Submission: {safe(result.submission)}", soft_wrap=True)


def _show_scores(evaluation: Evaluation, seen: int | None) -> None:
    out.print(score_table(evaluation))
    examples = counted(evaluation.examples, "example", "examples")
    out.print(f"{interval(evaluation)}; {examples}, loss {evaluation.loss:.4f}", soft_wrap=True)
    if seen:
        are = f"{counted(evaluation.examples, 'text', 'texts')} {'is' if seen == 1 else 'are'}"
        told = f"{seen:,} of {are} among those that the run was trained on: this score says little about new ones"
        out.print(f"[yellow]Note:[/] {told}", soft_wrap=True)
