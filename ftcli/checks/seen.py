"""Texts to judge a model on that it has learned from, as those of a further file may be."""

from __future__ import annotations

from ftcli.checks.normal import normal_pair
from ftcli.checks.subject import texts_of
from ftcli.tasks.dataset import Examples


def seen_in(train: Examples, judged: Examples) -> int:
    """Return how many of the judged texts, or pairs of them, are in train, too, but for case and white space."""
    known = {normal_pair(*each) for each in texts_of(train)}
    return sum(normal_pair(*each) in known for each in texts_of(judged))
