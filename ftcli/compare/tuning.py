"""Recipes of which several values of a setting were tried: each is represented by the value that did best.

Chosen on the selection set, by the mean over the seeds; never by the score that is reported, unless they are the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.compare.groups import outcome_settings
from ftcli.compare.member import Member
from ftcli.compare.statistics import mean
from ftcli.errors import UsageError

_NO_SCORE = float("-inf")


@dataclass(frozen=True)
class Tuned:
    """The runs of the values that were chosen; the values of each that were tried, and with how many runs.

    ``equal`` are others that did as well as those chosen, which are the first then.
    """

    chosen: Sequence[Member]
    values: Mapping[str, Any]
    tried: Sequence[Mapping[str, Any]]
    runs: Sequence[int]
    equal: Sequence[Mapping[str, Any]] = ()


def tune(groups: Sequence[Sequence[Member]], keys: Sequence[str], *, higher_is_better: bool) -> list[Tuned]:
    """Put groups together that differ in the tuned settings alone, and choose among them.

    Raises:
        UsageError: no group has such a setting.
    """
    clusters: dict[tuple[bool, str], list[tuple[Sequence[Member], dict[str, Any]]]] = {}
    for members in groups:
        settings = outcome_settings(members[0].settings)
        values = {key: settings.pop(key) for key in keys if key in settings}
        alike = members[0].of_race, json.dumps(settings, sort_keys=True, default=str)
        clusters.setdefault(alike, []).append((members, values))
    for key in keys:
        if not any(key in values for cluster in clusters.values() for _, values in cluster):
            raise UsageError(
                f"--tuned: none of these runs has a setting '{key}'", hint="Options of a technique: rdrop.alpha."
            )
    return [_chosen(cluster, higher_is_better=higher_is_better) for cluster in clusters.values()]


def notes_on_tuning(tuned: Sequence[tuple[str, Tuned]]) -> Iterator[str]:
    """Say what was chosen of what, and where that was not fair."""
    for label, each in tuned:
        if len(each.tried) > 1:
            yield f"{label}: {_shown(each.values)} {_how_chosen(each)}."
        if len(set(each.runs)) > 1:
            yield f"{label}: its values were tried with {min(each.runs)} to {max(each.runs)} seeds: not equally."
    budgets = {json.dumps(sorted(map(_shown, each.tried))) for _, each in tuned if each.values}
    if len(budgets) > 1:
        yield "Not all recipes were tuned over the same values, which favours those with more of them."
    untuned = [label for label, each in tuned if not each.values]
    if untuned and any(len(each.tried) > 1 for _, each in tuned):
        yield f"Nothing was tuned of {'; '.join(untuned)}, which favours those that were tuned."


def _chosen(cluster: Sequence[tuple[Sequence[Member], dict[str, Any]]], *, higher_is_better: bool) -> Tuned:
    sign = 1 if higher_is_better else -1
    scores = [mean(member.selected_score for member in members) for members, _ in cluster]
    # A value with which a seed was lost comes last: a mean of what is left would favour it.
    lost = [sum(member.selected_score is None for member in members) for members, _ in cluster]
    ranks = [
        (-missing, _NO_SCORE if score is None else sign * score) for missing, score in zip(lost, scores, strict=True)
    ]
    best = max(ranks)
    (members, values), *others = [each for rank, each in zip(ranks, cluster, strict=True) if rank == best]
    as_good = [each for _, each in others] if best[1] > _NO_SCORE else ()
    return Tuned(members, values, [each for _, each in cluster], [len(members) for members, _ in cluster], as_good)


def _how_chosen(tuned: Tuned) -> str:
    """Say what those that were chosen were chosen of; of the others that did as well, if some did, and beside which."""
    where = f"on the {_selected_on(tuned)} examples"
    if not tuned.equal:
        return f"was chosen {where}, of {_listed(tuned.tried)}"
    worse = [values for values in tuned.tried if values not in (tuned.values, *tuned.equal)]
    rest = f"; {_listed(worse)} did worse" if worse else ""
    return f"stands for {_listed(tuned.equal)}, which did as well {where}{rest}"


def _selected_on(tuned: Tuned) -> str:
    extra = tuned.chosen[0].status.model_extra or {}
    return str(extra.get("selected_on", "dev"))


def _listed(several: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(map(_shown, several))


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in values.items())
