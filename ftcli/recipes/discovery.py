"""Finding the strategies: every module of ``ftcli.strategies`` and every entry point ``ftcli.strategies``."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from types import ModuleType

from ftcli import strategies
from ftcli.errors import UsageError
from ftcli.recipes.strategy import AnyStrategy, Strategy


@cache
def all_strategies() -> dict[str, type[AnyStrategy]]:
    """Return every strategy class by name, in the order in which a recipe applies them."""
    found = [found for module in _modules() for found in _classes_in(module)]
    return {strategy.name: strategy for strategy in sorted(found, key=lambda each: (each.stage, each.name))}


def find_strategy(name: str) -> type[AnyStrategy]:
    """Return the strategy of that name; dashes count as underscores.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    known = all_strategies()
    wanted = name.strip().lower().replace("-", "_")
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    raise UsageError(
        f"unknown strategy '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        hint=f"Known strategies: {', '.join(known)}.",
    )


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(strategies.__path__):
        yield importlib.import_module(f"{strategies.__name__}.{info.name}")
    for point in metadata.entry_points(group="ftcli.strategies"):
        yield point.load()


def _classes_in(module: ModuleType) -> Iterator[type[AnyStrategy]]:
    for _, member in inspect.getmembers(module, inspect.isclass):
        if issubclass(member, Strategy) and member.__module__ == module.__name__ and hasattr(member, "name"):
            yield member
