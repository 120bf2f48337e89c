"""``ftcli check``: Look over data before training on it: empty texts, wrong labels, duplicates, leakage and more."""

from __future__ import annotations

import typer

from ftcli.cli.command import add_command
from ftcli.cli.console import print_json
from ftcli.settings.check import CheckSettings

ORDER = 15


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "check", CheckSettings, "task", _run)


def _run(settings: CheckSettings, as_json: bool) -> None:
    from ftcli import api
    from ftcli.cli import check_report as report
    from ftcli.cli.reading_report import settle

    result = api.check(settings.model_copy(update=settle(settings, as_json=as_json)))
    print_json(result.as_json()) if as_json else report.show(result)
    if result.errors:
        raise typer.Exit(1)
