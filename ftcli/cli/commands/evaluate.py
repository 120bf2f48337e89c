"""``ftcli eval``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ftcli.cli import completion
from ftcli.cli.console import errors_shown, out, print_json, safe
from ftcli.cli.options import nest, options_of, parameter, with_parameters
from ftcli.cli.scores import interval, score_table
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.settings.resolve import resolve

ORDER = 30


def register(app: typer.Typer) -> None:
    """Add the command, with an option for each setting."""
    options = list(options_of(EvaluateSettings, leave_out=["run"]))
    which = typer.Argument(help=EvaluateSettings.model_fields["run"].description, autocompletion=completion.runs)
    as_json = typer.Option("--json", help="Print one JSON object and nothing else.")

    def evaluate(*, run: str | None, json: bool, **given: Any) -> None:
        with errors_shown(as_json=json):
            flags = nest({("run",): run} | {option.path: given[option.parameter] for option in options})
            _run(resolve(EvaluateSettings, flags), as_json=json)

    evaluate.__doc__ = "Judge a trained model: scores, interval, predictions."
    parameters = [
        parameter("run", Annotated[str | None, which]),
        *(option.declare(completion.FOR_SETTING.get(option.path[0])) for option in options),
        parameter("json", Annotated[bool, as_json], False),
    ]
    app.command("eval")(with_parameters(evaluate, parameters))


def _run(settings: EvaluateSettings, *, as_json: bool) -> None:
    from ftcli import api

    result = api.evaluate(settings)
    if as_json:
        print_json(result.as_json())
        return
    evaluation = result.evaluation
    out.print(f"[bold]{safe(result.model)}[/] on the {safe(result.split)} set", soft_wrap=True)
    if evaluation is None:
        out.print("The examples have no labels: there is nothing to score.")
    else:
        out.print(score_table(evaluation))
        out.print(f"{interval(evaluation)}; {evaluation.examples} examples, loss {evaluation.loss:.4f}", soft_wrap=True)
    if result.predictions:
        out.print(f"Predictions: {safe(result.predictions)}", soft_wrap=True)
