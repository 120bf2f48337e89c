"""``ftcli push``: Upload a model to the Hugging Face hub, with its card."""

from __future__ import annotations

import typer

from ftcli.cli.command import add_command
from ftcli.cli.console import out, print_json, safe
from ftcli.settings.push import PushSettings

ORDER = 37


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "push", PushSettings, "run", _run, second="repo")


def _run(settings: PushSettings, as_json: bool) -> None:
    from ftcli import api

    result = api.push(settings)
    if as_json:
        print_json(result.as_json())
        return
    out.print(f"The model of {safe(result.run)} is at [bold]{safe(result.url)}[/]", soft_wrap=True)
