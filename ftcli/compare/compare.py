"""Putting runs side by side: reads run folders, and nothing else."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from ftcli.compare.groups import differing, group, labels, outcome_settings
from ftcli.compare.member import SPLIT, Member, read_member
from ftcli.compare.notes import notes_on
from ftcli.compare.report import ComparedRun, Comparison, Counts, Group, Table
from ftcli.compare.statistics import mean, summarise
from ftcli.errors import RunError
from ftcli.runs.catalogue import find_runs
from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.tasks.metrics import METRICS


def compare(paths: Sequence[Path]) -> Comparison:
    """Compare all runs in and below the folders: a table for each task, a group for each recipe and settings.

    Raises:
        RunError: a path does not exist or holds no run, or a file of a run can't be read.
    """
    runs = _runs_in(paths)
    read = {run.path: read_member(run) for run in runs}
    members = [member for member in read.values() if member is not None]
    notes = [f"Left out, for it never started: {path}." for path, member in read.items() if member is None]
    if not members:
        raise RunError(f"no runs in {', '.join(map(str, paths))}", hint="Run: ftcli train")
    tasks = sorted({member.task for member in members})
    return Comparison(
        tables=[_table(task, [member for member in members if member.task == task]) for task in tasks],
        notes=notes,
    )


def _runs_in(paths: Sequence[Path]) -> list[RunFolder]:
    for path in paths:
        if not os.path.lexists(path):
            raise RunError(f"{path} does not exist", hint="Give folders with runs, such as runs/cola.")
        if not find_runs(path):
            raise RunError(f"no runs in {path}", hint="Run: ftcli train")
    return find_runs(paths)


def _table(task: str, members: Sequence[Member]) -> Table:
    metric = _main_metric(members)
    grouped = group(members)
    settings = [outcome_settings(each[0].settings) for each in grouped]
    names = labels([each[0].recipe for each in grouped], settings)
    groups = [
        _group(name, each, metric, differing(own, settings))
        for name, each, own in zip(names, grouped, settings, strict=True)
    ]
    return Table(
        task=task,
        split=SPLIT,
        metric=metric,
        groups=sorted(groups, key=lambda each: (len(each.recipe), each.label)),
        notes=notes_on(list(zip(names, grouped, strict=True)), metric),
    )


def _main_metric(members: Iterable[Member]) -> str | None:
    """Give the metric that most runs were judged by."""
    named = Counter(member.evaluation.metric for member in members if member.evaluation is not None)
    return max(named, key=lambda metric: (named[metric], metric), default=None)


def _higher_is_better(metric: str | None) -> bool:
    return metric not in METRICS or METRICS[metric].higher_is_better


def _group(label: str, members: Sequence[Member], metric: str | None, settings: dict[str, object]) -> Group:
    scored = [(member, score) for member in members if (score := member.value(metric or "")) is not None]
    evaluations = [member.evaluation for member in members if member.evaluation is not None]
    examples = {evaluation.examples for evaluation in evaluations}
    scores = [score for _, score in scored]
    counts = _counts(members)
    return Group(
        label=label,
        recipe=list(members[0].recipe),
        settings=settings,
        runs=[_compared(member, metric) for member in members],
        seeds=[member.seed for member, _ in scored],
        scores=scores,
        **summarise(scores, higher_is_better=_higher_is_better(metric)).model_dump(),
        metrics=_mean_metrics([member for member, _ in scored]),
        majority=next((each.majority.get(metric or "") for each in evaluations if each.majority), None),
        examples=examples.pop() if len(examples) == 1 else None,
        counts=counts,
        failures=counts.collapsed + counts.diverged,
        train_seconds=mean(member.status.train_seconds for member, _ in scored),
    )


def _compared(member: Member, metric: str | None) -> ComparedRun:
    return ComparedRun(
        path=member.path,
        seed=member.seed,
        state=member.status.state,
        collapsed=_collapsed(member),
        score=member.value(metric or ""),
        train_seconds=member.status.train_seconds,
    )


def _counts(members: Sequence[Member]) -> Counts:
    states = Counter(member.status.state for member in members)
    return Counts(
        collapsed=sum(_collapsed(member) for member in members), **{state.value: states[state] for state in State}
    )


def _collapsed(member: Member) -> bool:
    return member.finished and bool(member.status.collapsed)


def _mean_metrics(members: Sequence[Member]) -> dict[str, float | None]:
    names = dict.fromkeys(name for each in members if each.evaluation for name in each.evaluation.metrics)
    return {name: mean(member.value(name) for member in members) for name in names}
