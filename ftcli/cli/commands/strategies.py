"""``ftcli strategies``: List the techniques, or explain one."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer
from rich.text import Text

from ftcli.cli import completion
from ftcli.cli.console import errors_shown, out, print_json
from ftcli.cli.entries import Entry, laid_out
from ftcli.cli.help import Command
from ftcli.recipes.discovery import all_strategies, find_strategy
from ftcli.recipes.recipe import conflict
from ftcli.recipes.strategy import AnyStrategy
from ftcli.settings.layers import option_name
from ftcli.wording import counted

ORDER = 50
_HEADING = "Techniques, in the order of a recipe; `ftcli strategies NAME` explains one, with its options."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(strategies)


def strategies(
    name: Annotated[
        str | None, typer.Argument(help="Strategy to explain.", autocompletion=completion.strategies)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """List all, or explain the one of that name."""
    with errors_shown(as_json=json):
        chosen = [find_strategy(name)] if name else list(all_strategies().values())
        if json:
            print_json({"strategies": [facts(strategy) for strategy in chosen]})
        elif name:
            _explain(chosen[0])
        else:
            out.print(_HEADING, "", laid_out([_entry(each) for each in chosen], out.width), sep="\n")


def facts(strategy: type[AnyStrategy]) -> dict[str, Any]:
    """Return what there is to know of a technique."""
    return {
        "name": strategy.name,
        "title": strategy.title(),
        "flag": option_name([strategy.name]),
        "options": {
            option_name([strategy.name, field]): {"default": info.default, "help": info.description}
            for field, info in strategy.Settings.model_fields.items()
        },
        "cost": strategy.by_default().cost()._asdict(),
        "classes_only": strategy.classes_only,
        "by_depth": strategy.by_depth,
        "holds": sorted(strategy.holds),
        "acts_on": sorted(strategy.acts_on),
        "decides_alone": sorted(strategy.claims),
        "excludes": _excluded(strategy),
        "source": strategy.source,
    }


def _excluded(strategy: type[AnyStrategy]) -> list[str]:
    others = all_strategies().values()
    return [
        other.name for other in others if other is not strategy and not other.fallback and conflict(strategy, other)
    ]


def _entry(strategy: type[AnyStrategy]) -> Entry:
    """Return its flag, and what it does, adds to a training and does not go with."""
    cost = strategy.by_default().cost()
    added = [
        f"{cost.passes:g} passes over each batch" if cost.passes > 1 else "",
        counted(round(cost.copies), "copy of the weights", "copies of the weights") if cost.copies else "",
        counted(cost.epochs, "epoch before the main steps", "epochs before the main steps") if cost.epochs else "",
    ]
    excluded = _excluded(strategy)
    text = Text(strategy.title())
    text.append(f" Takes {', '.join(filter(None, added))}." if any(added) else "", style="yellow")
    text.append(f" Not with {', '.join(excluded)}." if excluded else "", style="dim")
    return Text(option_name([strategy.name]), style="bold cyan"), text


def paragraphs(docstring: str) -> list[str]:
    """Return the paragraphs of a docstring, each in one line; lines that are indented stay as they are."""
    found = [each.splitlines() for each in inspect.cleandoc(docstring).split("\n\n")]
    return ["\n".join(lines) if lines[0].startswith(" ") else " ".join(lines) for lines in found]


def limits(strategy: type[AnyStrategy]) -> list[str]:
    """Say where a technique can't be used, and what it leaves alone."""
    held = ", ".join(sorted(strategy.holds, reverse=True))
    said = {
        "Only where each example has one class.": strategy.classes_only,
        "Goes by the depth of layers: not for models whose layers share their weights.": strategy.by_depth,
        "Trains the whole embedding table, not the rows in use alone.": _sees_whole_table(strategy),
        f"Keeps the pretrained {held} as they are.": held,
        f"Only where pretrained {' or '.join(sorted(strategy.acts_on, reverse=True))} are trained.": strategy.acts_on,
    }
    return [text for text, holds in said.items() if holds]


def _sees_whole_table(strategy: type[AnyStrategy]) -> bool:
    return strategy.by_default().looks_at_whole_table()


def _explain(strategy: type[AnyStrategy]) -> None:
    out.print(f"[bold]{option_name([strategy.name])}[/]")
    for paragraph in paragraphs(strategy.__doc__ or ""):
        out.print(paragraph, markup=False)
    for field, info in strategy.Settings.model_fields.items():
        default = "" if info.default is None else f" (default {info.default})"
        out.print(f"  [cyan]{option_name([strategy.name, field])}[/]  {info.description}{default}")
    cost = strategy.by_default().cost()
    further = f"; epochs before the main steps: {cost.epochs}" if cost.epochs else ""
    out.print(f"Passes over each batch: {cost.passes:g}; copies of the weights kept: {cost.copies:g}{further}")
    for limit in limits(strategy):
        out.print(limit)
    if _excluded(strategy):
        out.print(f"Excludes: {', '.join(_excluded(strategy))}")
    out.print(f"Source: {strategy.source}")
