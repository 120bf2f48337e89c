"""Data sets made by hand, for the checks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ftcli.checks.check import all_checks
from ftcli.checks.finding import Finding
from ftcli.checks.subject import Subject
from ftcli.tasks.dataset import Dataset, Examples

Row = tuple[str, str | float]

NOUNS = ["river", "window", "teacher", "engine", "garden", "letter", "mountain", "violin", "kitchen", "planet"]
VERBS = ["crossed", "painted", "forgot", "measured", "described", "repaired", "admired", "followed"]

ROWS: list[tuple[str, str]] = [(f"text number {number}", "ab"[number % 2]) for number in range(30)]
"""Rows of a file without an error, of two labels; their texts are much alike."""


def write(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    """Write rows as a CSV file without quotes."""
    path.write_text("".join(f"{text},{label}\n" for text, label in [("text", "label"), *rows]), encoding="utf-8")
    return path


def sentences(count: int, *, start: int = 0) -> list[str]:
    """Sentences that don't resemble one another; those from ``start`` on."""
    numbers = range(start, start + count)
    return [
        f"{number * 7919 % 10007} {NOUNS[number % 10]} {VERBS[number * 3 % 8]} {NOUNS[number * 7 % 9]} {number * 31}"
        for number in numbers
    ]


def clean(count: int = 24, *, start: int = 0) -> list[Row]:
    """Rows without a fault, of two labels."""
    return [(text, ("bad", "good")[place % 2]) for place, text in enumerate(sentences(count, start=start))]


def dataset(train: Sequence[Row], dev: Sequence[Row] = (), *, pairs: Sequence[str] | None = None) -> Dataset:
    """Make a data set of these rows; the file of each split has a header. ``pairs`` are train's second texts."""
    dev = dev or clean(12, start=500)
    labels = {label for _, label in train} | {label for _, label in dev}
    names = tuple(sorted(map(str, labels))) if all(isinstance(label, str) for label in labels) else ()
    kind = "classification" if names else "regression"
    splits = {
        "train": _examples("train.csv", train, names, pairs),
        "dev": _examples("dev.csv", dev, names, None if pairs is None else [text for text, _ in dev]),
    }
    return Dataset("made", kind, "accuracy" if names else "pearson", names, splits)


def look(data: Dataset, **more: object) -> dict[str, Finding]:
    """Run all checks; the findings by the check and the split that their message starts with."""
    subject = Subject(data, **{"max_length": 128, **more})  # type: ignore[arg-type]
    findings = [finding for check in all_checks() for finding in check.look(subject)]
    found = {f"{finding.check} {finding.message.partition(':')[0]}": finding for finding in findings}
    assert len(found) == len(findings)
    return found


def lines(finding: Finding) -> list[int | None]:
    """The lines that a finding tells."""
    return [place.line for place in finding.places]


def _examples(name: str, rows: Sequence[Row], names: tuple[str, ...], pairs: Sequence[str] | None) -> Examples:
    labels = [label for _, label in rows]
    return Examples(
        ids=[str(row) for row in range(len(rows))],
        texts=[text for text, _ in rows],
        pairs=pairs,
        labels=np.array([names.index(str(each)) for each in labels], np.int64)
        if names
        else np.array(labels, np.float32),
        path=Path(name),
        lines=range(2, len(rows) + 2),
    )
