"""``ftcli compare``: Put runs side by side, grouped by what they differ in, and say which differences are proven."""

from __future__ import annotations

import typer

from ftcli.cli.command import add_command
from ftcli.cli.console import out, print_json, print_text, safe, without_controls
from ftcli.errors import UsageError
from ftcli.settings.compare import CompareSettings

ORDER = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    add_command(app, "compare", CompareSettings, "paths", _run)


def _run(settings: CompareSettings, as_json: bool) -> None:
    from ftcli import api
    from ftcli.cli import compare_report
    from ftcli.compare.export import as_csv, as_latex

    table = as_csv if settings.csv else as_latex if settings.latex else None
    if as_json and table:
        raise UsageError(f"--json and --{'csv' if settings.csv else 'latex'} exclude each other: give one of them")
    comparison = api.compare(settings)
    if settings.html is not None:
        api.write_page(comparison, settings.html)
    if as_json:
        print_json(comparison.model_dump(mode="json"))
    elif table:
        print_text(without_controls(table(comparison)))
    else:
        compare_report.show(comparison)
        if settings.html is not None:
            out.print(f"The report is [bold]{safe(settings.html)}[/]: open it in a browser.")
