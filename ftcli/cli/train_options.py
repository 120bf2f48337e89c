"""The options of ``ftcli train``: an option for each setting, a flag for each strategy; and the settings they make."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ftcli.cli import completion
from ftcli.cli.command import CONFIG, JSON
from ftcli.cli.options import Option, nest, options_of, parameter, switch
from ftcli.recipes.discovery import all_strategies
from ftcli.settings.data import DataSettings
from ftcli.settings.grid import points, searched
from ftcli.settings.layers import option_name
from ftcli.settings.presets import presets
from ftcli.settings.resolve import resolve_train
from ftcli.settings.train import TrainSettings

_TASK = parameter(
    "task",
    Annotated[
        str | None, typer.Argument(help="Task to learn; cola where it is not given.", autocompletion=completion.tasks)
    ],
)
_RESUME = parameter(
    "resume",
    Annotated[
        str | None,
        typer.Option(help="Go on with an interrupted run or study: its path, its name, or latest.", metavar="RUN"),
    ],
)
_DRY_RUN = parameter(
    "dry_run",
    Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show the plan, and the time, memory and disk of all seeds as a few steps tell them, and stop.",
        ),
    ],
    default=False,
)


def core_options() -> list[Option]:
    """Return the options of the settings that all trainings have."""
    return list(options_of(TrainSettings, leave_out=["task"]))


def strategy_options() -> list[Option]:
    """Return the options of all strategies."""
    return [
        Option((name, option.path[0]), option.field, _panel(name))
        for name, strategy in all_strategies().items()
        for option in options_of(strategy.Settings)
    ]


def parameters(core: Sequence[Option], of_strategies: Sequence[Option]) -> list[inspect.Parameter]:
    """Return all parameters of the command, in the order of its help."""
    return [
        _TASK,
        _preset(),
        CONFIG,
        _RESUME,
        *(option.declare(completion.FOR_SETTING.get(option.path[0])) for option in core),
        *_switches(),
        *(option.declare() for option in of_strategies),
        _DRY_RUN,
        JSON,
    ]


def settings_of_all(given: dict[str, Any], options: Sequence[Option]) -> list[tuple[str, TrainSettings]]:
    """Return the settings of each point of the grid, and its name; of the one training where there is no grid."""
    return [(name, _settings(values, given)) for name, values in points(_values(given, options), _numeric(options))]


def tuned(given: dict[str, Any], options: Sequence[Option]) -> list[str]:
    """Return what is tuned; what is learned from may vary, but is nothing to choose the best of."""
    return [
        name for name in searched(_values(given, options), _numeric(options)) if name not in DataSettings.model_fields
    ]


def _values(given: dict[str, Any], options: Sequence[Option]) -> dict[tuple[str, ...], Any]:
    return {("task",): given["task"]} | {option.path: given[option.parameter] for option in options}


def _numeric(options: Sequence[Option]) -> set[tuple[str, ...]]:
    return {option.path for option in options if option.is_numeric}


def _settings(values: dict[tuple[str, ...], Any], given: dict[str, Any]) -> TrainSettings:
    flags = nest(values)
    named = [*flags.get("strategy", []), *(name for name in all_strategies() if given[f"use_{name}"])]
    if named:
        flags["strategy"] = named
    without = [name for name in all_strategies() if given.get(f"without_{name}")]
    settings = resolve_train(flags, without=without, config=given["config"], preset_name=given["preset"])
    from ftcli.tasks.default import with_default_task

    return with_default_task(settings)


def _preset() -> inspect.Parameter:
    option = typer.Option(
        help=f"Start from a named set of values: {', '.join(presets())}.",
        metavar="NAME",
        autocompletion=completion.presets,
    )
    return parameter("preset", Annotated[str | None, option])


def _switches() -> list[inspect.Parameter]:
    made = []
    for name, strategy in all_strategies().items():
        made.append(switch(f"use_{name}", option_name([name]), strategy.title(), _panel(name)))
        if not strategy.fallback:
            made.append(_switch_off(name))
    return made


def _switch_off(strategy: str) -> inspect.Parameter:
    # Hidden: beside each flag it would leave the help no room for the names of the options.
    text = f"Leave {option_name([strategy])} out, whatever file, variable or preset names it."
    return switch(f"without_{strategy}", option_name(["no", strategy]), text, _panel(strategy), hidden=True)


def _panel(strategy: str) -> str:
    return f"Technique {strategy}"
