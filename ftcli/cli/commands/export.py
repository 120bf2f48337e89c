"""``ftcli export``: Write a model for programs without torch, checked to do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.filesize import decimal

from ftcli.cli.command import add_command
from ftcli.cli.console import err, out, print_json, safe
from ftcli.cli.scores import number
from ftcli.settings.export import ExportSettings

if TYPE_CHECKING:
    from ftcli.api.exporting import ExportResult

ORDER = 36


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "export", ExportSettings, "run", _run)


def _run(settings: ExportSettings, as_json: bool) -> None:
    from ftcli import api

    result = api.export(settings)
    if as_json:
        print_json(result.as_json())
        return
    if result.without_data:
        err.print(f"[yellow]The data is not at hand:[/] {safe(result.without_data)}", soft_wrap=True)
    _show(result)


def _show(result: ExportResult) -> None:
    graph, folder = result.graph, safe(result.folder)
    tried_on = f"{result.examples} invented texts" if result.without_data else f"the dev set of {result.examples}"
    out.print(f"[bold]{folder}/{graph.file}[/], {decimal(graph.bytes)}", soft_wrap=True)
    out.print(
        f"On {tried_on} its logits differ from the run's own by {graph.largest_difference:.1e} at most "
        f"(the largest is {graph.largest_logit:.2f}); other answers: {graph.other_answers}",
        soft_wrap=True,
    )
    if result.quantized is None:
        return
    small = result.quantized
    out.print(f"[bold]{folder}/{small.file}[/], {decimal(small.bytes)}, weights of 8 bits", soft_wrap=True)
    out.print(f"It gives {small.other_answers} of {result.examples} another answer" + _loss(result), soft_wrap=True)


def _loss(result: ExportResult) -> str:
    small = result.quantized
    if result.score is None or small is None or small.score is None:
        return ""
    change = small.score - result.score
    return f"; {safe(result.metric)} {number(result.score)} becomes {number(small.score)} ({change:+.4f})"
