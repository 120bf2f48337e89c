"""Where the spread of a recipe's scores comes from: studies whose seeds change one random stream alone, side by side.

Dodge et al. 2020, "Fine-Tuning Pretrained Language Models: Weight Initializations, Data Orders, and Early Stopping".
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from typing import get_args

from ftcli.compare.groups import outcome_settings
from ftcli.compare.member import Member
from ftcli.compare.report import Spread
from ftcli.settings.seeds import Stream

STREAMS: tuple[str, ...] = get_args(Stream)


def spreads(groups: Iterable[Sequence[Member]], metric: str) -> list[Spread]:
    """Return the deviations of each recipe of which there are studies that change some streams and not the others."""
    families: dict[str, dict[str, Sequence[Member]]] = {}
    for members in groups:
        settings = outcome_settings(members[0].settings)
        changed = [stream for stream in STREAMS if settings.pop(f"{stream}_seed", None) is None]
        if changed and not members[0].of_race and members[0].fold is None:
            what = "all" if len(changed) == len(STREAMS) else " and ".join(changed)
            families.setdefault(json.dumps(settings, sort_keys=True, default=str), {})[what] = members
    found = [_spread(family, metric) for family in families.values() if family.keys() - {"all"}]
    return [each for each in found if each.deviations]


def _spread(family: dict[str, Sequence[Member]], metric: str) -> Spread:
    scores = {
        what: [score for member in members if (score := member.value(metric)) is not None]
        for what, members in family.items()
    }
    deviations = {what: statistics.stdev(each) for what, each in sorted(scores.items()) if len(each) > 1}
    return Spread(recipe=list(next(iter(family.values()))[0].recipe), deviations=deviations)
