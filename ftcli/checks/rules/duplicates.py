"""The same text more than once in a split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ftcli.checks.check import Check
from ftcli.checks.finding import Finding, place_of, places_of, share
from ftcli.checks.subject import Subject
from ftcli.tasks.dataset import Examples


class Duplicates(Check):
    """The same text with the same label more than once in a split."""

    name = "duplicates"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split that repeats itself."""
        for name, split in subject.splits.items():
            groups = [
                rows for rows in subject.rows[name].values() if len(rows) > 1 and not _disagree(subject, split, rows)
            ]
            repeats = sorted((row, rows[0]) for rows in groups for row in rows[1:])
            if repeats:
                yield Finding(
                    check=self.name,
                    message=f"{name}: texts that an earlier row has too (but for case and white space), in "
                    f"{share(repeats, split)}",
                    hint="Keep one of each: repeats weigh double in training, and make a score seem surer than it is.",
                    count=len(repeats),
                    places=places_of(
                        split, [row for row, _ in repeats], [place_of(split, first) for _, first in repeats]
                    ),
                )


class Contradictions(Check):
    """The same text with different labels in a split."""

    name = "contradictions"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split that contradicts itself."""
        for name, split in subject.splits.items():
            groups = [rows for rows in subject.rows[name].values() if len(rows) > 1 and _disagree(subject, split, rows)]
            rows = sorted(row for rows in groups for row in rows)
            if groups:
                yield Finding(
                    check=self.name,
                    message=f"{name}: the same text with different labels, in {share(rows, split)}",
                    hint="Decide which label is right, or take the texts out: no model can learn both.",
                    count=len(rows),
                    places=places_of(split, rows),
                )


def _disagree(subject: Subject, split: Examples, rows: list[int]) -> bool:
    """Whether the labels differ; numbers do where they are more than half a standard deviation of train's apart."""
    if split.labels is None:
        return False
    spread = float(np.ptp(split.labels[rows]))
    if subject.dataset.kind != "regression":
        return spread > 0
    train = subject.splits["train"].labels
    return train is not None and spread > 0.5 * float(np.std(train))
