"""The examples that are worth a look: those that recipes disagree on, and those that every run gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftcli.page.evidence import Evidence

MOST = 300


@dataclass(frozen=True)
class Example:
    """An example, and the share of each recipe's runs that are wrong about it."""

    id: str
    text: str
    label: str
    wrong: Sequence[float]

    @property
    def spread(self) -> float:
        """How far recipes are apart."""
        return max(self.wrong) - min(self.wrong)


def disagreed(evidence: Sequence[Evidence], texts: Mapping[str, str]) -> list[Example]:
    """Return the examples on which recipes are furthest apart, those first; half of the runs at least."""
    found = [each for each in _examples(evidence, texts) if each.spread >= 0.5]
    return sorted(found, key=lambda each: -each.spread)


def always_wrong(evidence: Sequence[Evidence], texts: Mapping[str, str]) -> list[Example]:
    """Return the examples that every run of every recipe gets wrong: hard ones, or wrong labels."""
    return [each for each in _examples(evidence, texts) if min(each.wrong) == 1]


def _examples(evidence: Sequence[Evidence], texts: Mapping[str, str]) -> list[Example]:
    judged = [each for each in evidence if each.judged]
    if not judged:
        return []
    shared = [key for key in judged[0].judged if all(key in each.judged for each in judged)]
    return [
        Example(
            key,
            texts.get(key, ""),
            judged[0].labels[key],
            [each.wrong[key] / each.judged[key] for each in judged],
        )
        for key in shared
    ]
