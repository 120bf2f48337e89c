"""Whether a recipe is better than the baseline, worse, or neither is proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftcli.compare.answers import Answers
from ftcli.compare.difference import FEWEST_SEEDS, Difference, Study, difference, holm, interval
from ftcli.compare.report import Against, Verdict
from ftcli.compare.resampling import ExampleDraws
from ftcli.compare.statistics import almost_stochastic_order
from ftcli.tasks.metrics import Metric

LEVEL = 0.05


@dataclass(frozen=True)
class Contender:
    """The runs of a recipe that have a score, and what they answered, where that is known."""

    label: str
    scores: Sequence[float]
    answers: Sequence[Answers | None]
    diverged: int = 0
    of_race: bool = False
    of_folds: bool = False

    @property
    def examples(self) -> set[str]:
        """The sets of examples that its runs were judged on, as far as known."""
        return {each.examples for each in self.answers if each is not None}

    @property
    def answers_are_known(self) -> bool:
        """Whether all runs have their answers, to the same examples."""
        return len(self.examples) == 1 and None not in self.answers


def judge(contenders: Sequence[Contender], baseline: Contender, metric: Metric) -> list[Against]:
    """Compare each contender with the baseline; the p-values are corrected for how many there are (Holm)."""
    refused = [_refusal(each, baseline) for each in contenders]
    draws = _draws([baseline, *contenders])
    theirs = _study(baseline, metric, draws)
    judged = [
        None if why else _Judged.of(_study(each, metric, draws), theirs)
        for each, why in zip(contenders, refused, strict=True)
    ]
    tested = [each for each in judged if each is not None]
    adjusted = iter(holm([each.found.p_value for each in tested]))
    strictest = LEVEL / max(1, len(tested))
    return [
        Against(verdict=Verdict.NOT_PROVEN, reason=why)
        if each is None
        else each.against(next(adjusted), strictest, metric, contender.diverged)
        for contender, why, each in zip(contenders, refused, judged, strict=True)
    ]


@dataclass(frozen=True)
class _Judged:
    """A contender's study beside the baseline's."""

    ours: Study
    theirs: Study
    found: Difference

    @classmethod
    def of(cls, ours: Study, theirs: Study) -> _Judged:
        if ours.resampled is None or theirs.resampled is None:
            ours, theirs = Study(ours.scores), Study(theirs.scores)
        return cls(ours, theirs, difference(ours, theirs))

    def against(self, adjusted: float, strictest: float, metric: Metric, diverged: int) -> Against:
        low, high = interval(self.ours, self.theirs)
        sign = 1 if metric.higher_is_better else -1
        verdict = Verdict.NOT_PROVEN
        if adjusted <= LEVEL:
            verdict = Verdict.BETTER if sign * self.found.estimate > 0 else Verdict.WORSE
        return Against(
            verdict=verdict,
            reason=self._reason(verdict, adjusted, diverged),
            difference=self.found.estimate,
            low=low,
            high=high,
            p_value=self.found.p_value,
            adjusted_p_value=adjusted,
            examples_resampled=self.ours.resampled is not None,
            smallest_provable=self.found.smallest_provable(strictest),
            seeds_to_prove=None if verdict is not Verdict.NOT_PROVEN else self.found.seeds_to_prove(strictest),
            almost_stochastic_order=almost_stochastic_order(sign * self.ours.scores, sign * self.theirs.scores),
        )

    def _reason(self, verdict: Verdict, adjusted: float, diverged: int) -> str:
        lost = f"; {diverged} diverged and are left out, which flatters it" if diverged else ""
        return f"p = {adjusted:.2g}" + (lost if verdict is Verdict.BETTER else "")


def _refusal(contender: Contender, baseline: Contender) -> str | None:
    """Say why two recipes can't be tested against each other, if they can't."""
    if contender.of_race or baseline.of_race:
        return "a race picks its runs by their scores, so what is left of it is no sample of what a recipe gives"
    if contender.of_folds or baseline.of_folds:
        return "folds share what they learn from, so they are no sample to test; for a verdict train seeds"
    fewest = min(len(contender.scores), len(baseline.scores))
    if fewest < FEWEST_SEEDS:
        return f"too few seeds: {fewest}, and it takes {FEWEST_SEEDS} of each"
    if len(contender.examples | baseline.examples) > 1:
        return "they were not judged on the same examples"
    return None


def _draws(contenders: Sequence[Contender]) -> ExampleDraws | None:
    known = [each for each in contenders if each.answers_are_known]
    answers = known[0].answers[0] if known else None
    return ExampleDraws(answers.labels, answers.classes) if answers else None


def _study(contender: Contender, metric: Metric, draws: ExampleDraws | None) -> Study:
    scores = np.asarray(contender.scores, dtype=np.float64)
    if draws is None or not contender.answers_are_known or len(scores) < FEWEST_SEEDS:
        return Study(scores)
    found = [draws.scores(metric, each.predictions) for each in contender.answers if each is not None]
    return Study(scores, np.stack(found))
