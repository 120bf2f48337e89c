"""Makes the demo task: sentences of a small grammar of English, some of them broken on purpose.

Every row comes from a minimal pair, of which one half is shown and the other is thrown away for good: nothing
but the structure tells the two labels apart. Training lacks some words of each class and one phenomenon, so
that the score on the other splits says something about generalisation.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ftcli.errors import UsageError
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phenomena import HELD_OUT, PHENOMENA
from ftcli.tasks.demo.phrases import framed

DEFAULT_ROWS: Mapping[str, int] = MappingProxyType({"train": 2000, "dev": 500, "test": 500})
MAX_ROWS: Mapping[str, int] = MappingProxyType({"train": 100_000, "dev": 10_000, "test": 10_000})
# The order in which splits are made: dev and test stay the same however many rows training has.
ORDER = ("dev", "test", "train")
HELD_OUT_WORDS = 0.25  # how often dev and test take a word from those that training lacks
LABELS = (1, 1, 0)  # two acceptable sentences for each unacceptable one
HELD_OUT_CARDS = 2  # how many times as often the held-out phenomenon is dealt as each of the others
TRIES = 200  # at a sentence that no split has yet


class DemoSentence(NamedTuple):
    """One row, in the four columns of CoLA."""

    source: str
    label: int
    mark: str
    sentence: str


def generate(rows: Mapping[str, int] = DEFAULT_ROWS, *, seed: int = 0) -> dict[str, list[DemoSentence]]:
    """Make the sentences of each split.

    The first rows of a split do not depend on how many follow, and dev and test do not depend on train.

    Args:
        rows: how many sentences for each of the splits train, dev and test, or for some of them.
        seed: what all chance comes from.

    Raises:
        UsageError: a count is below 1 or above what the grammar makes, or a split has another name.
    """
    for split, count in rows.items():
        _check(split, count)
    used: set[str] = set()
    made = {split: _split(split, rows[split], seed, used) for split in ORDER if split in rows}
    return {split: made[split] for split in rows}


def write(folder: Path, rows: Mapping[str, int] = DEFAULT_ROWS, *, seed: int = 0) -> dict[str, Path]:
    """Make the sentences of each split and write them to ``<folder>/<split>.tsv``.

    Returns:
        the file of each split: UTF-8, no header, four columns separated by tabs.
    """
    splits = generate(rows, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    files = {split: folder / f"{split}.tsv" for split in splits}
    for split, sentences in splits.items():
        text = "".join("\t".join(map(str, row)) + "\n" for row in sentences)
        files[split].write_text(text, encoding="utf-8", newline="\n")
    return files


def _check(split: str, count: int) -> None:
    """Refuse what can't be made."""
    if split not in MAX_ROWS:
        raise UsageError(f"the demo task has no split '{split}'", hint=f"Its splits: {', '.join(MAX_ROWS)}.")
    if count < 1:
        raise UsageError(f"can't make {count} {split} rows of the demo task", hint="Ask for at least 1.")
    if count > MAX_ROWS[split]:
        raise UsageError(
            f"can't make {count} {split} rows of the demo task: its grammar is good for {MAX_ROWS[split]}",
            hint=f"Ask for at most {MAX_ROWS[split]} {split} rows.",
        )


def _deal(rng: random.Random, split: str) -> Iterator[tuple[str, int]]:
    """Yield phenomena with labels for ever, all in their fixed shares, in an order of chance."""
    shares = dict.fromkeys(PHENOMENA, 1) | {HELD_OUT: 0 if split == "train" else HELD_OUT_CARDS}
    cards = [(code, label) for code, share in shares.items() for label in LABELS * share]
    while True:
        rng.shuffle(cards)
        yield from cards


def _split(split: str, count: int, seed: int, used: set[str]) -> list[DemoSentence]:
    """Make one split; ``used`` has what other splits show or must not show, and gets what this one does."""
    rng = random.Random(f"{seed}/{split}")  # noqa: S311 (sentences, not secrets)
    draw = Draw(rng, 0.0 if split == "train" else HELD_OUT_WORDS)
    sentences: list[DemoSentence] = []
    for code, label in _deal(rng, split):
        if len(sentences) == count:
            break
        pair = _unused(draw, code, used)
        if pair is None:
            raise UsageError(
                f"can't make {count} {split} rows of the demo task: it ran out after {len(sentences)}",
                hint=f"Ask for at most {len(sentences)} {split} rows.",
            )
        used.update(pair)
        sentences.append(DemoSentence(code, label, "" if label else "*", pair.good if label else pair.bad))
    return sentences


def _unused(draw: Draw, code: str, used: set[str]) -> Pair | None:
    """Return a pair of that phenomenon of which neither half has turned up yet, if one is found."""
    for _ in range(TRIES):
        pair = make_pair(draw, code)
        if pair.good not in used and pair.bad not in used:
            return pair
    return None


def make_pair(draw: Draw, code: str) -> Pair:
    """Return two finished sentences that differ in one phenomenon."""
    draw.start()
    good, bad, end = framed(draw, draw.one_of(*PHENOMENA[code])(draw))
    return Pair(good[0].upper() + good[1:] + end, bad[0].upper() + bad[1:] + end, end)
