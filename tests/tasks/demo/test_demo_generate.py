from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

from ftcli.errors import UsageError
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.generate import DEFAULT_ROWS, MAX_ROWS, DemoSentence, generate, write
from ftcli.tasks.demo.lexicon import held_out_forms
from ftcli.tasks.demo.phenomena import HELD_OUT, PHENOMENA

SHOWN = re.compile(r"[A-Z][A-Za-z]*(,? [A-Za-z]+)*[.?]")


@pytest.fixture(scope="module")
def demo() -> dict[str, list[DemoSentence]]:
    return generate()


def has_held_out_word(row: DemoSentence) -> bool:
    return not held_out_forms().isdisjoint(re.findall(r"[a-z]+", row.sentence.lower()))


def check_invariants(made: dict[str, list[DemoSentence]]) -> None:
    rows = list(chain.from_iterable(made.values()))
    assert len({row.sentence for row in rows}) == len(rows)
    for row in rows:
        assert row.source in PHENOMENA
        assert (row.label, row.mark) in {(1, ""), (0, "*")}
        assert SHOWN.fullmatch(row.sentence), row.sentence
    for row in made.get("train", []):
        assert row.source != HELD_OUT
        assert not has_held_out_word(row), row.sentence


def test_default_counts_and_invariants(demo: dict[str, list[DemoSentence]]) -> None:
    assert {split: len(rows) for split, rows in demo.items()} == dict(DEFAULT_ROWS)
    assert dict(DEFAULT_ROWS) == {"train": 2000, "dev": 500, "test": 500}
    check_invariants(demo)


def test_two_thirds_are_acceptable(demo: dict[str, list[DemoSentence]]) -> None:
    for rows in demo.values():
        assert 0.64 < sum(row.label for row in rows) / len(rows) < 0.70


def test_every_phenomenon_has_both_labels(demo: dict[str, list[DemoSentence]]) -> None:
    both = {(code, label) for code in PHENOMENA for label in (0, 1)}
    assert {(row.source, row.label) for row in demo["dev"]} == both
    assert {(row.source, row.label) for row in demo["test"]} == both
    assert {(row.source, row.label) for row in demo["train"]} == {pair for pair in both if pair[0] != HELD_OUT}


@pytest.mark.parametrize("split", ["dev", "test"])
def test_held_out_words_and_phenomenon_turn_up(demo: dict[str, list[DemoSentence]], split: str) -> None:
    rows = demo[split]
    assert 0.10 < sum(row.source == HELD_OUT for row in rows) / len(rows) < 0.20
    for label in (0, 1):
        of_label = [row for row in rows if row.label == label]
        assert 0.4 < sum(map(has_held_out_word, of_label)) / len(of_label) < 0.85


def test_same_seed_same_rows_other_seed_other_rows() -> None:
    rows = {"train": 300, "dev": 60}
    assert generate(rows, seed=5) == generate(rows, seed=5)
    first, second = generate(rows, seed=5), generate(rows, seed=6)
    for split in rows:
        assert len(set(first[split]) & set(second[split])) < 10


def test_hash_seed_does_not_matter() -> None:
    code = "from ftcli.tasks.demo.generate import generate; print(generate({'train': 200, 'dev': 40}, seed=3))"
    digests = {
        hashlib.sha256(
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True,
                check=True,
            ).stdout
        ).hexdigest()
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_splits_grow_without_changing() -> None:
    small = generate({"train": 100, "dev": 50, "test": 50})
    large = generate({"train": 700, "dev": 50, "test": 50})
    assert large["dev"] == small["dev"]
    assert large["test"] == small["test"]
    assert large["train"][:100] == small["train"]


@pytest.mark.slow
def test_most_rows_at_once() -> None:
    made = generate(MAX_ROWS, seed=11)
    assert {split: len(rows) for split, rows in made.items()} == dict(MAX_ROWS)
    assert MAX_ROWS["train"] >= 50_000
    assert len({row.sentence for row in chain.from_iterable(made.values())}) == sum(MAX_ROWS.values())


@pytest.mark.parametrize("surface", ["words", "length"])
def test_surface_does_not_give_labels_away(demo: dict[str, list[DemoSentence]], surface: str) -> None:
    if surface == "words":
        features = CountVectorizer(token_pattern=r"\S+")
    else:
        features = CountVectorizer(analyzer=lambda sentence: ["word"] * len(sentence.split()))
    train = features.fit_transform([row.sentence for row in demo["train"]])
    model = LogisticRegression(max_iter=2000, class_weight="balanced").fit(train, [row.label for row in demo["train"]])
    guessed = model.predict(features.transform([row.sentence for row in demo["dev"]]))
    assert matthews_corrcoef([row.label for row in demo["dev"]], guessed) < 0.35


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"train": 0}, ["0 train"]),
        ({"train": 10, "dev": -3}, ["-3 dev"]),
        ({"test": MAX_ROWS["test"] + 1}, [str(MAX_ROWS["test"] + 1), "test", str(MAX_ROWS["test"])]),
        ({"train": 10**12}, [str(10**12), "train", str(MAX_ROWS["train"])]),
        ({"valid": 10}, ["valid"]),
    ],
)
def test_what_it_refuses(rows: dict[str, int], told: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        generate(rows)
    assert all(part in caught.value.message for part in told)
    assert caught.value.hint


def test_each_pair_gives_one_row_then_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def five_pairs(draw: Draw) -> Pair:
        number = draw.one_of("one", "two", "three", "four", "five")
        return Pair(f"the {number} laugh", f"the {number} laughs")

    grammar = dict.fromkeys(PHENOMENA, (five_pairs,))
    monkeypatch.setattr("ftcli.tasks.demo.generate.PHENOMENA", grammar)
    monkeypatch.setattr("ftcli.tasks.demo.generate.framed", lambda draw, pair: pair)
    rows = generate({"train": 3, "dev": 2})
    numbers = [row.sentence.split()[1] for row in rows["train"] + rows["dev"]]
    assert sorted(numbers) == ["five", "four", "one", "three", "two"]
    with pytest.raises(UsageError, match=r"7 train rows .* after 5\n") as caught:
        generate({"train": 7})
    assert "at most 5 train" in str(caught.value.hint)


def test_halves_of_a_pair_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_bad_half(draw: Draw) -> Pair:
        return Pair(f"the {draw.one_of('one', 'two', 'three', 'four', 'five')} laugh", "laugh the")

    monkeypatch.setattr("ftcli.tasks.demo.generate.PHENOMENA", dict.fromkeys(PHENOMENA, (one_bad_half,)))
    monkeypatch.setattr("ftcli.tasks.demo.generate.framed", lambda draw, pair: pair)
    first_labels = set()
    for seed in range(10):
        first_labels.add(generate({"train": 1}, seed=seed)["train"][0].label)
        with pytest.raises(UsageError, match=r"after 1\n"):
            generate({"train": 6}, seed=seed)
    assert first_labels == {0, 1}


def test_files(tmp_path) -> None:
    rows = {"train": 90, "dev": 40, "test": 41}
    files = write(tmp_path / "new" / "demo", rows, seed=2)
    assert files == {split: tmp_path / "new" / "demo" / f"{split}.tsv" for split in rows}
    for split, sentences in generate(rows, seed=2).items():
        raw = files[split].read_bytes()
        assert raw.endswith(b"\n")
        assert b"\r" not in raw
        lines = raw.decode("utf-8").removesuffix("\n").split("\n")
        columns = [line.split("\t") for line in lines]
        assert [DemoSentence(source, int(label), mark, text) for source, label, mark, text in columns] == sentences


def test_files_are_the_same_bytes(tmp_path) -> None:
    first, second, other = (write(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    for split, file in first.items():
        assert file.read_bytes() == second[split].read_bytes()
        assert file.read_bytes() != other[split].read_bytes()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(-(2**70), 2**70),
    rows=st.dictionaries(st.sampled_from(sorted(MAX_ROWS)), st.integers(1, 150), min_size=1),
)
def test_invariants_for_any_seed_and_size(seed: int, rows: dict[str, int]) -> None:
    made = generate(rows, seed=seed)
    assert {split: len(sentences) for split, sentences in made.items()} == rows
    check_invariants(made)
    for split, sentences in made.items():
        labels = Counter(row.label for row in sentences)
        deck = 3 * (len(PHENOMENA) - 1 + (0 if split == "train" else 2))
        assert abs(labels[1] - 2 * len(sentences) / 3) <= 2 * deck / 9 + 1
