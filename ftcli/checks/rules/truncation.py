"""Texts that are longer than what the model is shown of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ftcli.checks.check import Check
from ftcli.checks.finding import Finding, places_of, rows_in, share
from ftcli.checks.subject import Subject, texts_of
from ftcli.wording import counted


class Truncation(Check):
    """Texts that are cut at --max-length."""

    name = "truncation"

    def in_short(self, findings: Sequence[Finding]) -> str:
        """Say how many texts are cut."""
        _, count = rows_in(findings)
        return f"{counted(count, 'text is', 'texts are')} cut at --max-length (or --long-text windows, --truncation)"

    def look(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each split with such texts; none where no tokenizer is at hand."""
        if subject.tokens is None:
            return
        for name, split in subject.splits.items():
            lengths = subject.tokens.count_longer(texts_of(split), subject.max_length)
            rows = np.flatnonzero(lengths > subject.max_length).tolist()
            if rows:
                yield Finding(
                    check=self.name,
                    message=f"{name}: texts that are cut at {subject.max_length} tokens (the longest has "
                    f"{lengths.max():,}), in {share(rows, split)}",
                    hint=f"{_enough(lengths, subject.max_length, subject.most)}; --long-text windows "
                    "reads all of a text, piece by piece; --truncation left or head-tail keeps its end.",
                    count=len(rows),
                    places=places_of(split, rows),
                )


def _enough(lengths: NDArray[np.int64], length: int, most: int | None) -> str:
    """Say which length, a multiple of eight, would cut 1% of texts at most; or none, if that many are cut now.

    Where it is more than the ``most`` that the model takes, say that.
    """
    wished, cut = int(np.quantile(lengths, 0.99, method="higher")), "1% of them at most"
    if wished <= length:
        wished, cut = int(lengths.max()), "none of them"
    if most is None:
        return f"--max-length {_rounded(wished)} would cut {cut}, if the model takes that many"
    if wished > most:
        return f"The model takes {most} tokens at most"
    return f"--max-length {min(_rounded(wished), most)} would cut {cut}"


def _rounded(length: int) -> int:
    return -(-length // 8) * 8
