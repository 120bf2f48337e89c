"""Texts that the model is judged on, and has seen in training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from ftcli.checks.check import Check
from ftcli.checks.finding import Finding, place_of, places_of, share
from ftcli.checks.similarity import LONGEST, THRESHOLD, NearIndex
from ftcli.checks.subject import Subject

_HINT = "Take them out of one of the two: a score on texts that were seen in training says nothing about new ones."


class Leakage(Check):
    """The same text in two splits."""

    name = "leakage"
    of_each_fold = True

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each two splits that share texts."""
        for first, second in combinations(subject.splits, 2):
            known, judged = subject.rows[first], subject.splits[second]
            shared = [(row, known[key][0]) for row, key in enumerate(subject.keys[second]) if key in known]
            if shared:
                twins = [place_of(subject.splits[first], other) for _, other in shared]
                yield Finding(
                    check=self.name,
                    message=f"{second}: texts that are in {first} too (but for case and white space), in "
                    f"{share(shared, judged)}",
                    hint=_HINT,
                    count=len(shared),
                    places=places_of(judged, [row for row, _ in shared], twins),
                )


class NearLeakage(Check):
    """Nearly the same text in train and in another split."""

    name = "near-leakage"
    of_each_fold = True

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split with texts that resemble one of train."""
        train = list(subject.rows["train"])
        index = NearIndex(train)
        for name, split in subject.splits.items():
            if name == "train":
                continue
            rows = [row for row, key in enumerate(subject.keys[name]) if key not in subject.rows["train"]]
            found = index.twins([subject.keys[name][row] for row in rows])
            if found:
                twins = [
                    place_of(subject.splits["train"], subject.rows["train"][train[each.other]][0]) for each in found
                ]
                yield Finding(
                    check=self.name,
                    message=f"{name}: texts that share {THRESHOLD:.0%} or more of their five-character sequences "
                    f"with one of train{_bound(subject.keys[name])}, in {share(found, split)}",
                    hint="Look at a few. Where they are copies with small changes, put all copies into one split; "
                    "where such small differences are what is to be learned, all is well.",
                    count=len(found),
                    places=places_of(split, [rows[each.row] for each in found], twins),
                )


def _bound(texts: Iterable[str]) -> str:
    """Say that long texts are not looked at as a whole, where there are some."""
    return f" (as far as their first {LONGEST:,} characters go)" if any(len(text) > LONGEST for text in texts) else ""
