"""The table of one task: its groups described, and tested against a baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from ftcli.compare.difference import TEST
from ftcli.compare.groups import Settings, differing, group, labels, outcome_settings
from ftcli.compare.growth import Sized, growth
from ftcli.compare.member import SPLIT, Member
from ftcli.compare.notes import notes_on
from ftcli.compare.report import Against, ComparedRun, Counts, Group, Growth, Table
from ftcli.compare.spread import spreads
from ftcli.compare.statistics import mean, summarise
from ftcli.compare.tuning import Tuned, notes_on_tuning, tune
from ftcli.compare.verdicts import Contender, judge
from ftcli.runs.status import State
from ftcli.tasks.metrics import METRICS


@dataclass(frozen=True)
class _Recipe:
    """The runs of a group, and what it is called."""

    label: str
    members: Sequence[Member]
    differing: Settings
    tuned: Tuned | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return self.members[0].recipe

    @property
    def of_race(self) -> bool:
        return self.members[0].of_race

    @property
    def is_plain(self) -> bool:
        """Whether these are runs without a technique, and not what was made of several."""
        return not (self.names or self.of_race or self.members[0].settings.get("soup"))

    def scored(self, metric: str | None) -> list[tuple[Member, float]]:
        return [(member, score) for member in self.members if (score := member.value(metric or "")) is not None]

    def contender(self, metric: str) -> Contender:
        """Read what is needed to test it."""
        scored = self.scored(metric)
        return Contender(
            label=self.label,
            scores=[score for _, score in scored],
            seeds=[member.seed for member, _ in scored],
            answers=[member.answers() for member, _ in scored],
            diverged=sum(member.status.state is State.DIVERGED for member in self.members),
            of_race=self.of_race,
            of_folds=any(member.fold is not None for member, _ in scored),
        )


def make_table(task: str, members: Sequence[Member], baseline: str | None, tuned: Sequence[str] = ()) -> Table:
    """Describe the runs of a task, and test each recipe against the baseline.

    Raises:
        RunError: predictions can't be read.
        UsageError: there is no group with a setting that is ``tuned``.
    """
    metric = _main_metric(members)
    recipes = sorted(_recipes(members, metric, tuned), key=lambda each: (len(each.names), each.label))
    reference = _baseline(recipes, baseline)
    against = _against(recipes, reference, metric)
    grown = _growth(recipes, metric)
    return Table(
        task=task,
        split=SPLIT,
        metric=metric,
        baseline=reference.label if reference else None,
        test=TEST,
        groups=[_group(recipe, metric, against.get(recipe.label)) for recipe in recipes],
        growth=grown,
        spreads=spreads((recipe.members for recipe in recipes), metric or ""),
        notes=[
            *notes_on([(recipe.label, recipe.members) for recipe in recipes], metric),
            *notes_on_tuning([(recipe.label, recipe.tuned) for recipe in recipes if recipe.tuned]),
            *([_untested(baseline)] if reference is None and len(recipes) > 1 and not grown else []),
        ],
    )


def _untested(baseline: str | None) -> str:
    """Say why nothing was tested."""
    return f"There is no recipe '{baseline}' here, so nothing was tested." if baseline else _NO_BASELINE


_NO_BASELINE = (
    "None of these recipes alone is the plain baseline, so nothing was tested; "
    "name the one to compare with: --baseline LABEL."
)


def _recipes(members: Sequence[Member], metric: str | None, keys: Sequence[str]) -> list[_Recipe]:
    grouped: Sequence[Sequence[Member]] = group(members)
    found: list[Tuned] | None = None
    if keys:
        found = tune(grouped, keys, higher_is_better=_higher_is_better(metric))
        grouped = [each.chosen for each in found]
    settings = [outcome_settings(each[0].settings) for each in grouped]
    # What was tuned does not name a recipe: it is part of what is compared.
    named = [{key: value for key, value in each.items() if key not in keys} for each in settings]
    names = [
        f"{name}, race" if members[0].of_race else name
        for name, members in zip(labels([each[0].recipe for each in grouped], named), grouped, strict=True)
    ]
    return [
        _Recipe(name, members, differing(own, settings), found[place] if found else None)
        for place, (name, members, own) in enumerate(zip(names, grouped, settings, strict=True))
    ]


def _baseline(recipes: Sequence[_Recipe], wanted: str | None) -> _Recipe | None:
    """Find the group that the others are tested against: by its label, or the only one without a strategy."""
    if wanted is None:
        plain = [recipe for recipe in recipes if recipe.is_plain]
        return plain[0] if len(plain) == 1 else None
    return next((recipe for recipe in recipes if recipe.label == wanted), None)


def _against(recipes: Sequence[_Recipe], reference: _Recipe | None, metric: str | None) -> dict[str, Against]:
    if reference is None or metric not in METRICS or len(recipes) == 1:
        return {}
    others = [recipe for recipe in recipes if recipe is not reference]
    found = judge([each.contender(metric) for each in others], reference.contender(metric), METRICS[metric])
    return {recipe.label: each for recipe, each in zip(others, found, strict=True)}


def _growth(recipes: Sequence[_Recipe], metric: str | None) -> list[Growth]:
    if metric not in METRICS:
        return []
    return growth((Sized(each.members, partial(each.contender, metric)) for each in recipes), METRICS[metric])


def _main_metric(members: Iterable[Member]) -> str | None:
    """Give the metric that most runs were judged by."""
    named = Counter(member.evaluation.metric for member in members if member.evaluation is not None)
    return max(named, key=lambda metric: (named[metric], metric), default=None)


def _higher_is_better(metric: str | None) -> bool:
    return metric not in METRICS or METRICS[metric].higher_is_better


def _group(recipe: _Recipe, metric: str | None, against: Against | None) -> Group:
    members, scored = recipe.members, recipe.scored(metric)
    evaluations = [member.evaluation for member in members if member.evaluation is not None]
    examples = {evaluation.examples for evaluation in evaluations}
    scores = [score for _, score in scored]
    return Group(
        label=recipe.label,
        recipe=list(recipe.names),
        race=recipe.of_race,
        settings=dict(recipe.differing),
        runs=[_compared(member, metric) for member in members],
        seeds=[member.seed for member, _ in scored],
        folds=[member.fold for member, _ in scored],
        scores=scores,
        **summarise(scores, higher_is_better=_higher_is_better(metric)).model_dump(),
        metrics=_mean_metrics([member for member, _ in scored]),
        majority=mean(each.majority.get(metric or "") for each in evaluations if each.majority),
        linear=mean(each.linear.get(metric or "") for each in evaluations if each.linear),
        examples=examples.pop() if len(examples) == 1 else None,
        counts=_counts(members),
        failures=sum(_came_to_nothing(member, metric) for member in members),
        train_seconds=mean(member.status.train_seconds for member, _ in scored),
        against=against,
    )


def _compared(member: Member, metric: str | None) -> ComparedRun:
    return ComparedRun(
        path=member.path,
        seed=member.seed,
        fold=member.fold,
        state=member.status.state,
        collapsed=_collapsed(member),
        score=member.value(metric or ""),
        train_seconds=member.status.train_seconds,
    )


def _counts(members: Sequence[Member]) -> Counts:
    states = Counter(member.status.state for member in members)
    return Counts(
        collapsed=sum(_collapsed(member) for member in members),
        exploded=sum(member.status.exploded_at is not None for member in members),
        **{state.value: states[state] for state in State},
    )


def _collapsed(member: Member) -> bool:
    return member.finished and bool(member.status.collapsed)


def _came_to_nothing(member: Member, metric: str | None) -> bool:
    """Whether a training failed in the sense of Mosbach et al. 2021: no better than the majority baseline."""
    if member.status.state is State.DIVERGED or _collapsed(member):
        return True
    score = member.value(metric or "")
    majority = member.evaluation.majority if member.evaluation else None
    chance = majority.get(metric or "") if majority else None
    if score is None or chance is None:
        return False
    return score <= chance if _higher_is_better(metric) else score >= chance


def _mean_metrics(members: Sequence[Member]) -> dict[str, float | None]:
    names = dict.fromkeys(name for each in members if each.evaluation for name in each.evaluation.metrics)
    return {name: mean(member.value(name) for member in members) for name in names}
