"""A recipe: the strategies of a run, checked against each other and put in order."""

from __future__ import annotations

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
        UsageError: a name is unknown, or two strategies claim the same.
    """
    settings = settings or {}
    kinds = {find_strategy(name).name for name in names}
    chosen = [kind for name, kind in all_strategies().items() if name in kinds]
    _refuse_conflicts(chosen)
    claimed = {claim for kind in chosen for claim in kind.claims}
    joining = [kind for kind in all_strategies().values() if kind.fallback and not kind.claims & claimed]
    chosen += [kind for kind in joining if kind not in chosen]
    chosen.sort(key=lambda kind: (kind.stage, kind.name))
    made = [kind(settings.get(kind.name) or kind.Settings()) for kind in chosen]
    return Recipe(tuple(strategy for strategy in made if not strategy.is_null()))


def _refuse_conflicts(kinds: list[type[AnyStrategy]]) -> None:
    for index, first in enumerate(kinds):
        for second in kinds[index + 1 :]:
            for claim in first.claims & second.claims:
                raise UsageError(
                    f"{_flag(first)} and {_flag(second)} exclude each other: both decide {claim.value}",
                    hint="Leave one of them out.",
                )


def _flag(kind: type[AnyStrategy]) -> str:
    return "--" + kind.name.replace("_", "-")
