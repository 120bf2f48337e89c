"""The examples that are worth a look: those that recipes disagree on, and those that every run gets wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ftcli.page.evidence import Evidence

MOST = 1000


@dataclass(frozen=True)
class Example:
    """An example, and the share of each recipe's runs that are wrong about it.

    ``said`` is the most frequent answer of all runs, ``confidence`` how sure they are of their answers on average.
    """

    id: str
    text: str
    label: str
    said: str
    confidence: float | None
    wrong: Sequence[float]

    @property
    def spread(self) -> float:
        """How far recipes are apart."""
        return _spread(self.wrong)


def disagreed(evidence: Sequence[Evidence], texts: Mapping[str, str]) -> list[Example]:
    """Return the examples on which recipes are furthest apart, those first; half of the runs at least."""
    found = _examples(evidence, texts, lambda wrong: _spread(wrong) >= 0.5)
    return sorted(found, key=lambda each: -each.spread)


def always_wrong(evidence: Sequence[Evidence], texts: Mapping[str, str]) -> list[Example]:
    """Return the examples that every run of every recipe gets wrong: hard ones, or wrong labels.

    Those that the runs are surest of come first: a wrong label is more likely among them.
    """
    found = _examples(evidence, texts, lambda wrong: min(wrong) == 1)
    return sorted(found, key=lambda each: -(each.confidence or 0))


def _spread(wrong: Sequence[float]) -> float:
    return max(wrong) - min(wrong)


def _examples(
    evidence: Sequence[Evidence], texts: Mapping[str, str], wanted: Callable[[Sequence[float]], bool]
) -> list[Example]:
    """Return the examples that all recipes judged, where the shares that are wrong about them are ``wanted``."""
    judged = [each for each in evidence if each.judged]
    shared = [key for key in judged[0].judged if all(key in each.judged for each in judged)] if judged else []
    shares = {key: [each.wrong[key] / each.judged[key] for each in judged] for key in shared}
    return [
        Example(
            key,
            texts.get(key, ""),
            judged[0].labels[key],
            sum((each.said[key] for each in judged), Counter[str]()).most_common(1)[0][0],
            _confidence(key, judged),
            wrong,
        )
        for key, wrong in shares.items()
        if wanted(wrong)
    ]


def _confidence(key: str, judged: Sequence[Evidence]) -> float | None:
    if not all(key in each.confidence for each in judged):
        return None
    return sum(each.confidence[key] for each in judged) / sum(each.judged[key] for each in judged)
