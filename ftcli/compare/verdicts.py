"""Whether a recipe is better than the baseline, worse, or neither is proven."""

from __future__ import annotations

from collections import Counter
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
    seeds: Sequence[int | None]
    answers: Sequence[Answers | None]
    diverged: int = 0
    of_race: bool = False
    of_folds: bool = False

    @property
    def examples(self) -> set[str]:
        """The sets of examples that its runs were judged on, as far as known."""
        return {each.examples for each in self.answers if each is not None}

    @property
    def fault(self) -> str | None:
        """Why its runs are no sample to test, where they are none."""
        repeated = sorted(seed for seed, count in Counter(self.seeds).items() if seed is not None and count > 1)
        if repeated:
            listed = ", ".join(map(str, repeated))
            return f"{self.label} has more than one run of seed {listed}, which makes few seeds look like many"
        if None in self.answers:
            return f"{self.label} has runs without predictions, so what other examples would say is unknown"
        return None


def judge(contenders: Sequence[Contender], baseline: Contender, metric: Metric) -> list[Against]:
    """Compare each contender with the baseline; the p-values are corrected for how many there are (Holm)."""
    refused = [_refusal(each, baseline) for each in contenders]
    accepted = [each for each, why in zip(contenders, refused, strict=True) if why is None]
    tested = _tested(accepted, baseline, metric) if accepted else []
    in_turn = iter(zip(tested, holm([each.found.p_value for each in tested]), strict=True))
    strictest = LEVEL / max(1, len(tested))

    def verdict(contender: Contender, why: str | None) -> Against:
        if why:
            return Against(verdict=Verdict.NOT_PROVEN, reason=why)
        judged, adjusted = next(in_turn)
        return judged.against(adjusted, strictest, metric, _lost(contender, baseline))

    return list(map(verdict, contenders, refused))


@dataclass(frozen=True)
class _Judged:
    """A contender's study beside the baseline's."""

    ours: Study
    theirs: Study
    found: Difference

    @classmethod
    def of(cls, ours: Study, theirs: Study) -> _Judged:
        return cls(ours, theirs, difference(ours, theirs))

    def against(self, adjusted: float, strictest: float, metric: Metric, lost: str) -> Against:
        low, high = interval(self.ours, self.theirs)
        sign = 1 if metric.higher_is_better else -1
        verdict = Verdict.NOT_PROVEN
        if adjusted <= LEVEL:
            verdict = Verdict.BETTER if sign * self.found.estimate > 0 else Verdict.WORSE
        return Against(
            verdict=verdict,
            reason=f"p = {adjusted:.2g}{lost}",
            difference=self.found.estimate,
            low=low,
            high=high,
            p_value=self.found.p_value,
            adjusted_p_value=adjusted,
            smallest_provable=self.found.smallest_provable(strictest),
            seeds_to_prove=None if verdict is not Verdict.NOT_PROVEN else self.found.seeds_to_prove(strictest),
            almost_stochastic_order=almost_stochastic_order(sign * self.ours.scores, sign * self.theirs.scores),
        )


def _lost(contender: Contender, baseline: Contender) -> str:
    """Say whose diverged runs are left out: that flatters what is left."""
    ours = f"; {contender.diverged} diverged and left out, which flatters it" if contender.diverged else ""
    theirs = f"; {baseline.diverged} of the baseline's diverged and left out, which flatters the baseline"
    return ours + (theirs if baseline.diverged else "")


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
    return contender.fault or baseline.fault


def _tested(contenders: Sequence[Contender], baseline: Contender, metric: Metric) -> list[_Judged]:
    """Test contenders that may be tested: they and the baseline answered the same examples."""
    answers = next(each for each in baseline.answers if each is not None)
    draws = ExampleDraws(answers.labels, answers.classes)
    theirs = _study(baseline, metric, draws)
    return [_Judged.of(_study(each, metric, draws), theirs) for each in contenders]


def _study(contender: Contender, metric: Metric, draws: ExampleDraws) -> Study:
    found = [draws.scores(metric, each.predictions) for each in contender.answers if each is not None]
    return Study(np.asarray(contender.scores, dtype=np.float64), np.stack(found))
