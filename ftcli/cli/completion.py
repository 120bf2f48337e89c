"""What the shell completes: tasks, strategies, presets, models and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path


def tasks(incomplete: str) -> list[str]:
    """Names of known tasks."""
    from ftcli.tasks.catalogue import known_tasks

    return _starting(known_tasks(), incomplete)


def strategies(incomplete: str) -> list[str]:
    """Names of strategies."""
    from ftcli.recipes.discovery import all_strategies

    return _starting(all_strategies(), incomplete)


def presets(incomplete: str) -> list[str]:
    """Names of presets."""
    from ftcli.settings.presets import presets

    return _starting(presets(), incomplete)


def models(incomplete: str) -> list[str]:
    """Short names of models."""
    from ftcli.models.catalogue import SHORT_NAMES

    return _starting(["onboard", *SHORT_NAMES], incomplete)


def runs(incomplete: str) -> list[str]:
    """Runs in ./runs, as TASK/NAME."""
    from ftcli.runs.catalogue import find_runs

    root = Path("runs")
    return _starting((str(run.path.relative_to(root)) for run in find_runs(root)) if root.is_dir() else [], incomplete)


FOR_SETTING: dict[str, Callable[[str], list[str]]] = {
    "task": tasks,
    "tasks": tasks,
    "strategy": strategies,
    "model": models,
    "run": runs,
}


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
