"""What speaks against taking a table's numbers as they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftcli.compare.difference import FEWEST_SEEDS
from ftcli.compare.member import SPLIT, Member
from ftcli.runs.race import summarise_race
from ftcli.runs.status import CHOSEN_EPOCHS, Status
from ftcli.settings.data import DataSettings
from ftcli.tasks.metrics import METRICS

Groups = Sequence[tuple[str, Sequence[Member]]]
"""The label and the runs of each group."""


def notes_on(groups: Groups, metric: str | None) -> list[str]:
    """Give a line for each thing that the reader of a table should know."""
    return [
        *_different_examples(groups),
        *_changed_data(groups),
        *_unequal_seeds(groups, metric),
        *_folds(groups),
        *_other_metrics(groups, metric),
        *_selected_on_what_is_reported(groups),
        *(note for label, members in groups for note in _repeated_seeds(label, members, metric)),
        *(note for label, members in groups for note in _without_score(label, members, metric)),
        *(note for label, members in groups for note in _picked_by_a_race(label, members, metric)),
    ]


def _different_examples(groups: Groups) -> Iterator[str]:
    """Yield a note where runs were judged on other examples; of runs on the same folds, fold by fold."""
    cuts = {member.settings.get("folds") for _, each in groups for member in each}
    folds = {member.fold for _, each in groups for member in each}
    parts = [groups] if len(cuts) > 1 else [_of_fold(groups, fold) for fold in folds]
    yield from list(dict.fromkeys(note for part in parts for note in _not_the_same(part)))[:1]


def _changed_data(groups: Groups) -> Iterator[str]:
    """Yield a note where runs that were told the same data have not had the same."""
    known: dict[str, dict[str, str]] = {}
    for label, members in groups:
        for member in members:
            checksum = (member.status.model_extra or {}).get("data")
            if checksum is not None:
                told = {key: member.settings.get(key) for key in DataSettings.model_fields if key != "data_dir"}
                known.setdefault(json.dumps(told, sort_keys=True, default=str), {}).setdefault(str(checksum), label)
    for found in known.values():
        if len(found) > 1:
            listed = "; ".join(dict.fromkeys(found.values()))
            yield f"The files of the data changed between these runs ({listed}), so scores can't be compared."
            return


def _unequal_seeds(groups: Groups, metric: str | None) -> Iterator[str]:
    counts = [sum(member.value(metric or "") is not None for member in members) for _, members in groups]
    some = [count for count in counts if count >= FEWEST_SEEDS]
    collapsed = any(member.finished and member.status.collapsed for _, members in groups for member in members)
    if collapsed and some and max(some) >= 2 * min(some):
        yield (
            f"Some runs collapsed, and recipes have {min(some)} to {max(some)} seeds: the test then claims too "
            "much (about one time in ten, see docs/statistics.md). Train as many seeds of each."
        )


def _of_fold(groups: Groups, fold: int | None) -> Groups:
    return [(label, [member for member in members if member.fold == fold]) for label, members in groups]


def _folds(groups: Groups) -> Iterator[str]:
    labels = [label for label, members in groups if any(member.fold is not None for member in members)]
    if labels:
        yield (
            f"The runs of {'; '.join(labels)} are folds: each was judged on another part of train, and learned from "
            "most of what the others learned from. Their deviation is that of parts of the data, not of seeds."
        )


def _not_the_same(groups: Groups) -> Iterator[str]:
    counts = [(label, sorted(_example_counts(members))) for label, members in groups]
    if len({count for _, each in counts for count in each}) > 1:
        listed = "; ".join(f"{label}: {' or '.join(map(str, each))}" for label, each in counts if each)
        yield f"Not all runs were judged on the same {SPLIT} examples, so scores can't be compared ({listed})."
    elif len({_label_counts(member) for _, each in groups for member in each} - {None}) > 1:
        yield f"The {SPLIT} examples of these runs are as many but not the same, so scores can't be compared."


def _other_metrics(groups: Groups, metric: str | None) -> Iterator[str]:
    others = Counter(member.evaluation.metric for _, each in groups for member in each if member.evaluation is not None)
    others.pop(metric or "", None)
    if others:
        listed = ", ".join(f"{count} by {name}" for name, count in sorted(others.items()))
        yield f"The scores are {metric}, by which not all runs were selected and judged ({listed})."


def _selected_on_what_is_reported(groups: Groups) -> Iterator[str]:
    if any(_chose_on_dev(member) for _, each in groups for member in each):
        yield (
            f"The epoch was chosen on the {SPLIT} examples that are reported, which flatters the scores a little; "
            "--select-fraction sets part of train aside to choose on."
        )


def _chose_on_dev(member: Member) -> bool:
    """Whether more than one epoch was compared on dev, and the best of them kept."""
    kept = getattr(member.status, "kept", None)
    return member.finished and member.settings.get("select_fraction") == 0 and kept in CHOSEN_EPOCHS


def _repeated_seeds(label: str, members: Sequence[Member], metric: str | None) -> Iterator[str]:
    scored = [member for member in members if metric and member.value(metric) is not None]
    for (seed, fold), count in Counter((member.seed, member.fold) for member in scored).items():
        if seed is not None and count > 1:
            paths = ", ".join(str(each.path) for each in scored if (each.seed, each.fold) == (seed, fold))
            of_fold = "" if fold is None else f" of fold {fold}"
            yield f"{label}: seed {seed}{of_fold} counts {count} times ({paths})."


def _without_score(label: str, members: Sequence[Member], metric: str | None) -> Iterator[str]:
    paths = [str(each.path) for each in members if each.finished and each.value(metric or "") is None]
    if paths:
        yield f"{label}: finished without a {metric or 'score'}, so not in the mean: {', '.join(paths)}."


def _picked_by_a_race(label: str, members: Sequence[Member], metric: str | None) -> Iterator[str]:
    """Yield a note for each race: what it saved, and what its scores are worth."""
    races: dict[Path, dict[int, Status]] = {}
    for member in members:
        if member.of_race:
            races.setdefault(member.path.parent, {})[member.seed or 0] = member.status
    for path, runs in races.items():
        race = summarise_race(runs, higher_is_better=metric not in METRICS or METRICS[metric].higher_is_better)
        yield f"{label} ({path}): {race.cost}. {race.caution}"


def _example_counts(members: Sequence[Member]) -> set[int]:
    return {member.evaluation.examples for member in members if member.evaluation is not None}


def _label_counts(member: Member) -> tuple[int, ...] | None:
    """Give how often each label occurs in dev: where that differs, so do the examples."""
    evaluation = member.evaluation
    return tuple(map(sum, evaluation.confusion)) if evaluation and evaluation.confusion else None
