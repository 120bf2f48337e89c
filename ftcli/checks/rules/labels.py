"""How the labels are spread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from ftcli.checks.check import Check
from ftcli.checks.finding import Finding, places_of
from ftcli.checks.normal import normal
from ftcli.checks.subject import Subject
from ftcli.tasks.dataset import Examples
from ftcli.wording import counted

_FEWEST = 10
_LARGEST_RATIO = 9


class Imbalance(Check):
    """One class that is far more frequent than another."""

    name = "imbalance"

    def in_short(self, findings: Sequence[Finding]) -> str:
        """Say so; the rows of the rarest class are not at fault."""
        del findings
        return f"one class is over {_LARGEST_RATIO} times as frequent as another"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding where train's most frequent class is more than nine times as frequent as its rarest."""
        train = subject.splits["train"]
        names, counts = subject.dataset.label_names, _counts(subject, train)
        there = counts[counts > 0]
        if len(there) > 1 and there.max() > _LARGEST_RATIO * there.min():
            most, least = int(counts.argmax()), int(np.where(counts > 0, counts, counts.max() + 1).argmin())
            yield Finding(
                check=self.name,
                message=f"train: '{names[most]}' has {counts[most]:,} examples ({counts[most] / len(train):.0%}), "
                f"'{names[least]}' {counts[least]:,} ({counts[least] / len(train):.1%})",
                hint="Judge by a score that does not reward guessing the frequent class (--metric balanced_accuracy, "
                "f1 or matthews_correlation), and try --class-weights or --focal.",
                count=int(counts[least]),
            )


class FewExamples(Check):
    """Classes with too few examples to learn."""

    name = "few-examples"

    def in_short(self, findings: Sequence[Finding]) -> str:
        """Say how many classes have too few."""
        return f"{counted(len(findings), 'class has', 'classes have')} fewer than {_FEWEST} examples"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each class with fewer than ten in train."""
        train = subject.splits["train"]
        for number, count in enumerate(_counts(subject, train)):
            if count < _FEWEST:
                rows = np.flatnonzero(subject.dataset.has_label(train)[:, number]).tolist()
                yield Finding(
                    check=self.name,
                    message=f"train: '{subject.dataset.label_names[number]}' has {_examples(int(count))}; a class "
                    f"wants {_FEWEST} at least",
                    hint="Add examples of it, put it together with another class, or leave it out; a class of one is "
                    "often a slip of the pen.",
                    count=int(count),
                    places=places_of(train, rows),
                )


class Unjudged(Check):
    """Classes that dev has no example of."""

    name = "unjudged-classes"

    def in_short(self, findings: Sequence[Finding]) -> str:
        """Say so: how many there are is a matter of detail."""
        del findings
        return "dev lacks a class"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield one finding for all of them."""
        dev = _counts(subject, subject.splits["dev"])
        absent = [name for name, count in zip(subject.dataset.label_names, dev, strict=True) if count == 0]
        if absent:
            yield Finding(
                check=self.name,
                message=f"dev has no example of {', '.join(map(repr, absent))}, so the score says nothing about it",
                hint="Put some into the dev set.",
                count=0,
            )


class AlikeLabels(Check):
    """Names of labels that are the same but for case and white space."""

    name = "alike-labels"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each group of such names, with the rows of the rarer ones."""
        groups: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(subject.dataset.label_names):
            groups[normal(name)].append(number)
        train, counts = subject.splits["train"], _counts(subject, subject.splits["train"])
        for numbers in groups.values():
            if len(numbers) > 1:
                rarer = sorted(numbers, key=lambda number: -counts[number])[1:]
                rows = np.flatnonzero(subject.dataset.has_label(train)[:, rarer].any(1)).tolist()
                yield Finding(
                    check=self.name,
                    message="the labels "
                    + " and ".join(f"'{subject.dataset.label_names[n]}'" for n in numbers)
                    + " differ in case or white space alone, and are taken for different classes",
                    hint="Write them alike, if they mean the same.",
                    count=len(rows),
                    places=places_of(train, rows),
                )


def _counts(subject: Subject, split: Examples) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the examples of each class, or with each label; none for a regression."""
    return np.asarray(subject.dataset.has_label(split).sum(0), np.int64)


def _examples(count: int) -> str:
    return counted(count, "example", "examples") if count else "no example"
