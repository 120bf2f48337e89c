"""A recipe: the strategies of a run, checked against each other and put in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ftcli.errors import UsageError
from ftcli.recipes.discovery import all_strategies, find_strategy
from ftcli.recipes.options import StrategySettings
from ftcli.recipes.strategy import AnyStrategy


@dataclass(frozen=True)
class Recipe:
    """Strategies in the order in which they are applied, whatever the order of the flags."""

    strategies: tuple[AnyStrategy, ...]

    def __iter__(self) -> Iterator[AnyStrategy]:
        return iter(self.strategies)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all strategies, in order."""
        return tuple(strategy.name for strategy in self)

    @property
    def distinctive_names(self) -> tuple[str, ...]:
        """The names without those that join by themselves; empty for the baseline."""
        return tuple(strategy.name for strategy in self if not strategy.fallback)


def compose(names: Iterable[str], settings: Mapping[str, StrategySettings] | None = None) -> Recipe:
    """Make the recipe of the named strategies, each with its settings (its defaults where absent).

    Raises:
        UsageError: a name is unknown, or two strategies exclude each other.
    """
    settings = settings or {}
    wanted = {find_strategy(name).name for name in names}
    kinds = all_strategies().values()
    made = [kind(settings.get(kind.name) or kind.Settings()) for kind in kinds if kind.name in wanted]
    chosen = [strategy for strategy in made if not strategy.is_null()]
    for first, second in itertools.combinations(chosen, 2):
        if reason := conflict(type(first), type(second)):
            raise UsageError(
                f"{_flag(first)} and {_flag(second)} exclude each other: {reason}", hint="Leave one of them out."
            )
    claimed = {claim for strategy in chosen for claim in strategy.claims}
    chosen += [kind.by_default() for kind in kinds if kind.fallback and not kind.claims & claimed]
    return Recipe(tuple(sorted(chosen, key=lambda strategy: (strategy.stage, strategy.name))))


def conflict(first: type[AnyStrategy], second: type[AnyStrategy]) -> str | None:
    """Return why two strategies can't be in one recipe, if they can't."""
    for claim in first.claims & second.claims:
        return f"both decide {claim.value}"
    for one, other in ((first, second), (second, first)):
        if one.acts_on and one.acts_on <= other.holds:
            weights = ", ".join(sorted(one.acts_on, reverse=True))
            return f"the pretrained {weights} that {_flag(one)} acts on stay as they are with {_flag(other)}"
    return None


def _flag(kind: AnyStrategy | type[AnyStrategy]) -> str:
    return "--" + kind.name.replace("_", "-")
