"""``ftcli runs``: List, show, verify and remove runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.filesize import decimal
from rich.table import Table

from ftcli.cli import completion
from ftcli.cli.console import errors_shown, out, print_json, print_rows, safe
from ftcli.cli.help import Command, Group
from ftcli.cli.scores import number
from ftcli.errors import RunError, UsageError
from ftcli.runs import index
from ftcli.runs.catalogue import find_run, find_runs, find_unit, studies_without_run
from ftcli.runs.folder import RunFolder
from ftcli.runs.housekeeping import parts_of, problems_of, remove, remove_waste, size_of, waste
from ftcli.runs.study import is_study, runs_of
from ftcli.runs.workspace import how_to_go_on
from ftcli.settings.layers import flat
from ftcli.wording import as_typed, counted

ORDER = 60

RunsDir = Annotated[Path, typer.Option(help="Folder that runs are kept in.", envvar="FTCLI_RUNS_DIR", metavar="PATH")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Name = Annotated[str, typer.Argument(help="Path or name of a run, or latest.", autocompletion=completion.runs)]
Names = Annotated[
    list[str] | None, typer.Argument(help="Paths or names of runs or studies.", autocompletion=completion.runs)
]

_RUNS = Path("runs")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group, no_args_is_help=True)
    for command in (list_runs, show, verify, rm, prune):
        group.command("list" if command is list_runs else None, cls=Command)(command)
    app.add_typer(group, name="runs")


def list_runs(runs_dir: RunsDir = _RUNS, json: JSON = False) -> None:
    """List all runs, with their states, scores and sizes."""
    with errors_shown(as_json=json):
        found = index.list_runs(runs_dir)
        begun = studies_without_run(runs_dir, (Path(path) for path, _ in found))
        if json:
            runs = [_as_json(path, facts) for path, facts in found]
            print_json({"runs": runs, "studies_without_run": [str(path) for path in begun]})
            return
        rows = [
            (
                path,
                facts.state + (" (collapsed)" if facts.collapsed else ""),
                facts.metric or "-",
                number(facts.score),
                decimal(facts.bytes),
            )
            for path, facts in found
        ]
        print_rows(("run", "state", "metric", "score", "size"), rows, right=2)
        out.print(f"{counted(len(found), 'run', 'runs')}, {decimal(sum(facts.bytes for _, facts in found))}")
        if killed := sum(facts.state == index.KILLED for _, facts in found):
            out.print(f"{counted(killed, 'process', 'processes')} died at work: ftcli train --resume RUN goes on.")
        for path in begun:
            out.print(f"{safe(path)} is a study without a run yet. {safe(how_to_go_on(path))}", soft_wrap=True)


def show(name: Name, runs_dir: RunsDir = _RUNS, json: JSON = False) -> None:
    """Show one run: what it was told, how it stands, what it takes up."""
    with errors_shown(as_json=json):
        run = find_run(name, runs_dir)
        parts = {path.name: size_of(path) for path in sorted(run.path.iterdir())}
        settings, status = run.read_settings(), run.read_status().model_dump(mode="json")
        if json:
            facts = _as_json(str(run.path), index.facts_of(run))
            print_json({**facts, "settings": settings, "status": status, "parts": parts})
            return
        for title, values in (("Settings", settings), ("Status", status)):
            table = Table("name", "value", title=title, title_justify="left")
            for key, value in flat(values):
                table.add_row(safe(key), safe(as_typed(value)))
            out.print(table)
        sizes = Table("part", title="Sizes", title_justify="left")
        sizes.add_column("size", justify="right")
        for part, size in parts.items():
            sizes.add_row(safe(part), decimal(size))
        out.print(sizes)


def verify(names: Names = None, runs_dir: RunsDir = _RUNS, json: JSON = False) -> None:
    """Hold the models of finished runs, or of studies, against their checksums; all runs where none is named."""
    with errors_shown(as_json=json):
        runs = _named(names, runs_dir) if names else _finished(runs_dir)
        problems = {str(run.path): problems_of(run) for run in runs}
        has_model = {str(run.path): run.model.is_dir() for run in runs}
        if json:
            told = [
                {"run": run, "whole": not found, "model": has_model[run], "problems": found}
                for run, found in problems.items()
            ]
            print_json({"runs": told})
        else:
            for run, found in problems.items():
                whole = "[green]whole[/]" + ("" if has_model[run] else ", without a model, which was not saved")
                out.print(f"{safe(run)}: " + (whole if not found else "[red]damaged[/]"), soft_wrap=True)
                for problem in found:
                    out.print(f"  {safe(problem)}", soft_wrap=True)
        if any(problems.values()):
            raise typer.Exit(1)


def rm(names: Names = None, runs_dir: RunsDir = _RUNS, yes: Yes = False, json: JSON = False) -> None:
    """Remove runs, or studies with all of their runs."""
    with errors_shown(as_json=json):
        if not names:
            raise UsageError("no run is named", hint="Give paths or names; `ftcli runs list` shows them.")
        named = {path.resolve(): path for path in (find_unit(name, runs_dir) for name in names)}
        paths = [path for place, path in named.items() if not named.keys() & set(place.parents)]
        sizes = {str(path): sum(map(size_of, parts_of(path))) for path in paths}
        studies = {str(path): len(runs_of(path)) for path in paths if is_study(path)}
        reasons = {path: f"a study of {counted(runs, 'run', 'runs')}" for path, runs in studies.items()}
        _agree(sizes, yes=yes, as_json=json, reasons=reasons)
        for path in paths:
            remove(path)
        _removed(sizes, as_json=json)


def prune(
    runs_dir: RunsDir = _RUNS,
    failed: Annotated[bool, typer.Option("--failed", help="Runs that failed or diverged go, too.")] = False,
    yes: Yes = False,
    json: JSON = False,
) -> None:
    """Remove what dead processes left, and checkpoints that nobody needs any more."""
    with errors_shown(as_json=json):
        found = waste(runs_dir, failed=failed)
        sizes = {str(each.path): each.size for each in found}
        if found:
            _agree(sizes, yes=yes, as_json=json, reasons={str(each.path): each.reason for each in found})
            remove_waste(found)
        _removed(sizes, as_json=json)


def _as_json(path: str, facts: index.Facts) -> dict[str, Any]:
    return {"run": path, **facts.model_dump(exclude={"stamp"})}


def _named(names: Iterable[str], runs_dir: Path) -> list[RunFolder]:
    """Return the runs of these names, and those of studies of these names."""
    found: list[RunFolder] = []
    for name in names:
        path = find_unit(name, runs_dir)
        runs = find_runs(path)
        if not runs:
            raise RunError(f"the study {path} has no run yet")
        found += runs
    return found


def _finished(runs_dir: Path) -> list[RunFolder]:
    """Return all runs that are finished, or so damaged that nobody knows."""

    def counts(run: RunFolder) -> bool:
        try:
            return run.is_finished
        except RunError:
            return True

    return [run for run in find_runs(runs_dir) if counts(run)]


def _agree(sizes: dict[str, int], *, yes: bool, as_json: bool, reasons: dict[str, str] | None = None) -> None:
    """Ask whether these may go.

    Raises:
        UsageError: nobody is there to ask.
        Exit: the answer was no.
    """
    if yes:
        return
    if as_json:
        raise UsageError("--json can't ask whether to remove them", hint="Add --yes.")
    for path, size in sizes.items():
        reason = f", {reasons[path]}" if reasons and path in reasons else ""
        out.print(f"{safe(path)} ({decimal(size)}{reason})", soft_wrap=True)
    if not typer.confirm("Remove?"):
        raise typer.Exit(1)


def _removed(sizes: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        print_json({"removed": [{"path": path, "bytes": size} for path, size in sizes.items()]})
    else:
        out.print(f"Removed {len(sizes)}, {decimal(sum(sizes.values()))}" if sizes else "There is nothing to remove.")
