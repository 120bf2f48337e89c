"""Runs that differ in nothing but their seed, or their fold, belong together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftcli.compare.member import Member
from ftcli.settings.layers import flat

WITHOUT_EFFECT = frozenset(
    {
        # which of the group's runs it is, and where it lies
        *("seed", "fold", "output", "overwrite", "runs_dir", "data_dir"),
        # how it was computed: results differ by rounding
        *("device", "threads", "executor", "eval_batch_size", "compact_vocabulary"),
        # what is kept and shown of it
        *("save_last", "log_every", "profile", "checkpoint_every", "save_model", "on_divergence", "tune_threshold"),
    }
)
"""Settings that the quality of a model does not depend on. All others tell groups apart, new ones included."""

Settings = Mapping[str, Any]


def outcome_settings(settings: Settings) -> dict[str, Any]:
    """Give the settings that matter, options of a strategy as "rdrop.alpha".

    >>> outcome_settings({"lr": 0.1, "seed": 3, "rdrop": {"alpha": 1.0}})
    {'lr': 0.1, 'rdrop.alpha': 1.0}
    """
    return dict(flat({key: value for key, value in settings.items() if key not in WITHOUT_EFFECT}))


def group(members: Iterable[Member]) -> list[list[Member]]:
    """Put runs together that differ in the seed or the fold alone; each group sorted by these, then path.

    Those that went through a race stay among themselves: what is left of one is no sample of what its recipe gives.
    """
    groups: dict[tuple[bool, str], list[Member]] = {}
    for member in members:
        groups.setdefault((member.of_race, _key(outcome_settings(member.settings))), []).append(member)
    return [sorted(each, key=_by_seed) for each in groups.values()]


def differing(own: Settings, all_settings: Sequence[Settings]) -> dict[str, Any]:
    """Give the settings of one group that another has otherwise; None for one that is not set.

    The recipe itself is left out, and a strategy's options count only among groups that use it: the label
    already says the rest.
    """
    keys = dict.fromkeys(key for settings in all_settings for key in settings if key != "strategy")
    return {key: own.get(key) for key in keys if _differs(key, own, all_settings)}


def labels(recipes: Sequence[tuple[str, ...]], all_settings: Sequence[Settings]) -> list[str]:
    """Name groups by their recipes, and by the settings that differ where a recipe occurs twice."""
    named = []
    for recipe, own in zip(recipes, all_settings, strict=True):
        peers = [each for other, each in zip(recipes, all_settings, strict=True) if set(other) == set(recipe)]
        apart = ", ".join(_shown(key, value) for key, value in differing(own, peers).items())
        named.append((" + ".join(recipe) or "baseline") + (f" ({apart})" if apart else ""))
    return named


def _key(settings: Settings) -> str:
    return json.dumps({key: _canonical(value) for key, value in settings.items()}, sort_keys=True, default=str)


def _canonical(value: Any) -> Any:
    """Make equal what means the same: 1 and 1.0, lists in any order (a recipe's order is not its user's)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return sorted(map(str, value)) if isinstance(value, list) else value


def _by_seed(member: Member) -> tuple[bool, int, int, str]:
    return member.seed is None, member.seed or 0, member.fold or 0, str(member.path)


def _differs(key: str, own: Settings, all_settings: Sequence[Settings]) -> bool:
    table, dot, _ = key.rpartition(".")
    users = [each for each in all_settings if not dot or _has_table(each, table)]
    return own in users and any(_canonical(each.get(key)) != _canonical(own.get(key)) for each in users)


def _has_table(settings: Settings, table: str) -> bool:
    return any(key.startswith(f"{table}.") for key in settings)


def _shown(key: str, value: Any) -> str:
    if value is None:
        return f"no {key}"
    return f"{key}={value if isinstance(value, str) else json.dumps(value, default=str)}"
