"""What more training examples bring: the same recipe trained on growing parts of train."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

from ftcli.compare.groups import outcome_settings
from ftcli.compare.member import Member
from ftcli.compare.report import Growth
from ftcli.compare.verdicts import Contender, judge
from ftcli.tasks.metrics import Metric

_SIZE = "train_size"


class Sized(NamedTuple):
    """The runs of a recipe, and what reads their answers, which takes a while."""

    members: Sequence[Member]
    contender: Callable[[], Contender]


def growth(groups: Iterable[Sized], metric: Metric) -> list[Growth]:
    """Return for each recipe that was trained on several sizes what the step between the two largest brought.

    The gain is that of a doubling of the examples, as if the score grew with their logarithm between the two sizes.
    Its interval allows for other seeds and other examples to be judged on, not for another part of train.
    """
    families: dict[str, dict[int, Sized]] = {}
    for group in groups:
        settings = outcome_settings(group.members[0].settings)
        settings.pop(_SIZE, None)
        size = _size(group.members[0])
        if size is not None:
            families.setdefault(json.dumps(settings, sort_keys=True, default=str), {})[size] = group
    found = [_last_step(family, metric) for family in families.values() if len(family) > 1]
    return [each for each in found if each is not None]


def _last_step(family: dict[int, Sized], metric: Metric) -> Growth | None:
    smaller, larger = sorted(family)[-2:]
    ours, theirs = family[larger].contender(), family[smaller].contender()
    if not ours.scores or not theirs.scores:
        return None
    (found,) = judge([ours], theirs, metric)
    scale = (1 if metric.higher_is_better else -1) / math.log2(larger / smaller)
    ends = [None if each is None else scale * each for each in (found.low, found.high)]
    low, high = ends if scale > 0 else reversed(ends)
    return Growth(
        recipe=list(family[larger].members[0].recipe),
        sizes=sorted(family),
        gain=scale * (fmean(ours.scores) - fmean(theirs.scores)),
        low=low,
        high=high,
        reason=found.reason if found.low is None else None,
    )


def _size(member: Member) -> int | None:
    """Return how many examples a run was trained on, where that is known."""
    sizes = (member.status.model_extra or {}).get("examples")
    found = sizes.get("train") if isinstance(sizes, dict) else member.settings.get(_SIZE)
    return found if isinstance(found, int) and found > 0 else None
