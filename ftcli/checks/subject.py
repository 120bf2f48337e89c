"""What the checks look at: a data set, and how many tokens a model makes of a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ftcli.checks.normal import normal_pair
from ftcli.checks.tokens import TokenCounter
from ftcli.tasks.dataset import Dataset, Examples


@dataclass(frozen=True)
class Subject:
    """A data set, the length that its texts are cut to, and what counts tokens (None where no tokenizer is at hand).

    ``most`` is how many tokens the model takes, where it says so.
    """

    dataset: Dataset
    max_length: int
    tokens: TokenCounter | None = None
    most: int | None = None

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The examples of each split."""
        return self.dataset.splits

    @cached_property
    def keys(self) -> dict[str, list[str]]:
        """For each split what its texts (or pairs of texts) come to once normalised."""
        return {name: [normal_pair(*each) for each in texts_of(split)] for name, split in self.splits.items()}

    @cached_property
    def rows(self) -> dict[str, dict[str, list[int]]]:
        """For each split the rows with each normalised text."""
        return {name: _rows_by_key(keys) for name, keys in self.keys.items()}


def texts_of(examples: Examples) -> Sequence[tuple[str, str | None]]:
    """Return the text of each example and its second one, where there are pairs."""
    pairs = examples.pairs if examples.pairs is not None else [None] * len(examples)
    return list(zip(examples.texts, pairs, strict=True))


def _rows_by_key(keys: Sequence[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        rows[key].append(row)
    return dict(rows)
