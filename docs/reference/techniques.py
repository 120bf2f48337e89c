"""docs/strategies.md: every technique, from its own file."""

from __future__ import annotations

from docs.reference.commands import shown_default
from docs.reference.markdown import MADE, code, prose, table
from ftcli.cli.commands.strategies import facts, limits
from ftcli.recipes.discovery import all_strategies
from ftcli.recipes.strategy import AnyStrategy
from ftcli.settings.layers import ENVIRONMENT, Layer, option_name

_INTRODUCTION = f"""# Techniques

{MADE}
In the order of a recipe. Passes are those over each batch, copies those of the weights that are kept, epochs those
before the main steps. Two techniques that decide the same exclude each other.

"""


def page() -> str:
    """Return the page."""
    own = [each for each in all_strategies().values() if each.__module__.startswith("ftcli.")]
    listed = [(f"[{option_name([each.name])}](#{_anchor(each)})", each.title(), *_costs(each)) for each in own]
    overview = table(("flag", "what it does", "passes", "copies", "epochs", "excludes"), listed)
    return _INTRODUCTION + overview + "".join(map(_section, own)).rstrip() + "\n"


def _section(strategy: type[AnyStrategy]) -> str:
    passes, copies, epochs, excludes = _costs(strategy)
    options = [
        (
            code(option_name([strategy.name, name])),
            code(shown_default(field)),
            code(Layer(ENVIRONMENT, {}).name_of([strategy.name, name])),
            code(f"{strategy.name}.{name}"),
            str(field.description),
        )
        for name, field in strategy.Settings.model_fields.items()
    ]
    said = [
        f"- passes over each batch: {passes}; copies of the weights: {copies}; epochs before: {epochs}",
        *([f"- decides alone: {'; '.join(sorted(strategy.claims))}"] if strategy.claims else []),
        *([f"- excludes: {excludes}"] if excludes else []),
        *(f"- {limit}" for limit in limits(strategy)),
        f"- source: {strategy.source}",
    ]
    headings = ("option", "default", "variable", "key in a file", "what it does")
    heading = f"## {strategy.name}\n\n`{option_name([strategy.name])}`\n\n"
    return heading + prose(strategy.__doc__) + table(headings, options) + "\n".join(said) + "\n\n"


def _costs(strategy: type[AnyStrategy]) -> tuple[str, str, str, str]:
    told = facts(strategy)
    cost = told["cost"]
    return f"{cost['passes']:g}", f"{cost['copies']:g}", str(cost["epochs"]), ", ".join(told["excludes"])


def _anchor(strategy: type[AnyStrategy]) -> str:
    return strategy.name.lower()
