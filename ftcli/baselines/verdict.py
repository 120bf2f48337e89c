"""Whether a model scores more than what costs little."""

from __future__ import annotations

from collections.abc import Mapping

from ftcli.runs.evaluation import Evaluation
from ftcli.tasks.metrics import METRICS


def no_better(evaluation: Evaluation) -> str | None:
    """Say in a sentence which baseline scores as well as the model; None where it scores better than all of them."""
    if not _beats(evaluation, evaluation.majority):
        constant = "the most frequent answer" if evaluation.label_names else "the same number"
        return f"It scores no better than always giving {constant}."
    if not _beats(evaluation, evaluation.linear):
        return "It scores no better than a linear model of word counts (TF-IDF), which costs next to nothing."
    return None


def _beats(evaluation: Evaluation, baselines: Mapping[str, float | None] | None) -> bool:
    score, baseline = evaluation.score, (baselines or {}).get(evaluation.metric)
    if score is None or baseline is None:
        return score is not None
    metric = METRICS.get(evaluation.metric)
    return score < baseline if metric and not metric.higher_is_better else score > baseline
