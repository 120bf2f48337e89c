"""``ftcli train``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from ftcli.cli import completion
from ftcli.cli.command import CONFIG, JSON
from ftcli.cli.console import errors_shown, print_json
from ftcli.cli.options import Option, nest, options_of, parameter, switch, with_parameters
from ftcli.recipes.discovery import all_strategies
from ftcli.settings.layers import option_name
from ftcli.settings.presets import presets
from ftcli.settings.resolve import resolve_train
from ftcli.settings.train import TrainSettings

ORDER = 20


def register(app: typer.Typer) -> None:
    """Add the command, with an option for each setting and a flag for each strategy."""
    core = list(options_of(TrainSettings, leave_out=["task"]))
    of_strategies = [
        Option((name, option.path[0]), option.field, _panel(name))
        for name, strategy in all_strategies().items()
        for option in options_of(strategy.Settings)
    ]
    options = [*core, *of_strategies]

    def train(*, task: str | None, config: Path | None, preset: str | None, **given: Any) -> None:
        run_train(task, config, preset, given, options)

    train.__doc__ = "Fine-tune a model on a task, or on files of your own."
    app.command()(with_parameters(train, _parameters(core, of_strategies)))


def run_train(
    task: str | None, config: Path | None, preset: str | None, given: dict[str, Any], options: list[Option]
) -> None:
    """Resolve the settings, train (or show the plan), and report."""
    as_json, dry_run = bool(given.pop("json")), bool(given.pop("dry_run"))
    with errors_shown(as_json=as_json):
        settings = _settings(task, config, preset, given, options)
        from ftcli import api
        from ftcli.cli import train_report as report

        if dry_run:
            summary = api.plan(settings)
            print_json(summary.as_json()) if as_json else report.show_plan(summary)
            return
        if settings.seeds is not None:
            _run_study(settings, as_json=as_json)
            return
        observers = [] if as_json else [report.Progress(settings)]
        result = api.train(settings, observers)
        print_json(result.as_json()) if as_json else report.show_result(result)


def _run_study(settings: TrainSettings, *, as_json: bool) -> None:
    from ftcli import api
    from ftcli.cli import study_report as report
    from ftcli.cli.train_report import what_is_trained

    result = api.train_study(settings, None if as_json else report.StudyProgress(what_is_trained(settings)))
    print_json(result.as_json()) if as_json else report.show_study(result)
    if len(result.finished) < len(result.outcomes):
        raise typer.Exit(1)


def _settings(
    task: str | None, config: Path | None, preset: str | None, given: dict[str, Any], options: list[Option]
) -> TrainSettings:
    flags = nest({("task",): task} | {option.path: given[option.parameter] for option in options})
    named = [*flags.get("strategy", []), *(name for name in all_strategies() if given[f"use_{name}"])]
    if named:
        flags["strategy"] = named
    without = [name for name in all_strategies() if given.get(f"without_{name}")]
    settings = resolve_train(flags, without=without, config=config, preset_name=preset)
    from ftcli.tasks.default import with_default_task

    return with_default_task(settings)


def _parameters(core: list[Option], of_strategies: list[Option]) -> list[inspect.Parameter]:
    switches = [
        made
        for name, strategy in all_strategies().items()
        for made in (
            switch(f"use_{name}", option_name([name]), strategy.title(), _panel(name)),
            *([] if strategy.fallback else [_switch_off(name)]),
        )
    ]
    return [
        parameter(
            "task",
            Annotated[
                str | None,
                typer.Argument(help="Task to learn; cola where it is not given.", autocompletion=completion.tasks),
            ],
        ),
        parameter(
            "preset",
            Annotated[
                str | None,
                typer.Option(
                    help=f"Start from a named set of values: {', '.join(presets())}.", autocompletion=completion.presets
                ),
            ],
        ),
        CONFIG,
        *(option.declare(completion.FOR_SETTING.get(option.path[0])) for option in core),
        *switches,
        *(option.declare() for option in of_strategies),
        parameter("dry_run", Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")], False),
        JSON,
    ]


def _switch_off(strategy: str) -> inspect.Parameter:
    # Hidden: beside each flag it would leave the help no room for the names of the options.
    text = f"Leave {option_name([strategy])} out, whatever file, variable or preset names it."
    return switch(f"without_{strategy}", option_name(["no", strategy]), text, _panel(strategy), hidden=True)


def _panel(strategy: str) -> str:
    return f"Technique {strategy}"
