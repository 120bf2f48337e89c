"""Each check on data that has exactly its fault; clean data gives nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from families import save_family
from faulty import clean, dataset, lines, look, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from ftcli.checks.before_training import in_short
from ftcli.checks.check import all_checks
from ftcli.checks.finding import Severity
from ftcli.checks.look import look_over
from ftcli.checks.rules.truncation import Truncation
from ftcli.checks.subject import Subject
from ftcli.checks.tokens import find_token_counter
from ftcli.models.catalogue import locate
from ftcli.settings.model import ModelSettings


def only(found, name):
    """The one finding."""
    assert list(found) == [name]
    finding = found[name]
    assert finding.severity is Severity.WARNING
    assert finding.hint
    return finding


def test_clean_data_gives_nothing():
    assert look(dataset(clean(40)), tokens=find_token_counter("onboard")) == {}
    assert look(dataset([(text, 1.5 * n) for n, text in enumerate(sentences(8))], [("else", 2.0), ("more", 1.0)])) == {}


def test_all_checks_are_found_once_each():
    names = [check.name for check in all_checks()]
    assert names == sorted(set(names))
    assert {"leakage", "near-leakage", "duplicates", "imbalance", "truncation", "mojibake"} <= set(names)


def test_duplicates_but_for_case_and_white_space():
    rows = [*clean(24), ("  " + sentences(1)[0].upper(), "bad"), (sentences(3)[2], "bad")]
    finding = only(look(dataset(rows)), "duplicates train")
    assert finding.count == 2
    assert lines(finding) == [26, 27]
    assert [place.like for place in finding.places] == ["train.csv:2", "train.csv:4"]
    assert finding.where == "train.csv lines 26 (as 2), 27 (as 4)"


def test_the_same_text_with_different_labels():
    rows = [*clean(24), (sentences(1)[0], "good")]
    finding = only(look(dataset(rows)), "contradictions train")
    assert lines(finding) == [2, 26]


def test_numbers_contradict_each_other_where_they_are_far_apart():
    rows = [(text, float(number)) for number, text in enumerate(sentences(10))]
    near, far = [*rows, (sentences(1)[0], 0.5)], [*rows, (sentences(1)[0], 9.0)]
    dev = [("else", 2.0)]
    assert list(look(dataset(near, dev))) == ["duplicates train"]
    assert list(look(dataset(far, dev))) == ["contradictions train"]


def test_pairs_are_the_same_where_both_texts_are():
    rows = clean(24)
    second = [f"{text} again" for text, _ in rows]
    assert look(dataset([*rows, rows[0]], pairs=[*second, "something else altogether"])) == {}
    assert list(look(dataset([*rows, rows[0]], pairs=[*second, second[0].upper()]))) == ["duplicates train"]


def test_leakage():
    dev = [*clean(12, start=500), (sentences(5)[4].title() + " ", "bad")]
    finding = only(look(dataset(clean(24), dev)), "leakage dev")
    assert lines(finding) == [14]
    assert finding.places[0].like == "train.csv:6"


def test_near_leakage_says_what_resembles_what():
    text = "the committee has decided after long talks to close the old bridge over the river"
    train, dev = [*clean(24), (text, "good")], [*clean(12, start=500), (text.replace("old", "new"), "bad")]
    finding = only(look(dataset(train, dev)), "near-leakage dev")
    assert "80%" in finding.message
    assert lines(finding) == [14]
    assert finding.places[0].like == "train.csv:26"


def test_of_long_texts_it_is_said_how_much_is_compared():
    start = " ".join(text for text, _ in clean(40))[:1000]
    train = [*clean(24), (f"{start} and one end", "good")]
    dev = [*clean(12, start=500), (f"{start} but {'quite ' * 200} another", "bad")]
    finding = only(look(dataset(train, dev), max_length=2000), "near-leakage dev")
    assert "with one of train (as far as their first 1,000 characters go), in 1 of 13" in finding.message
    assert (
        "first 1,000"
        not in only(
            look(dataset([*clean(24), (start[:80], "good")], [*clean(12, start=500), (start[:79] + "x", "bad")])),
            "near-leakage dev",
        ).message
    )


def test_imbalance():
    rows = [*clean(20), *((text, "bad") for text in sentences(100, start=100))]
    finding = only(look(dataset(rows)), "imbalance train")
    assert "'bad' has 110 examples (92%), 'good' 10" in finding.message
    assert "--class-weights" in finding.hint


def test_a_class_with_too_few_examples():
    rows = [*clean(24), *((text, "odd") for text in sentences(4, start=100))]
    dev = [*clean(12, start=500), ("an odd one", "odd")]
    finding = only(look(dataset(rows, dev)), "few-examples train")
    assert lines(finding) == [26, 27, 28, 29]
    assert "'odd' has 4 examples" in finding.message


def test_in_short_a_row_of_a_file_that_is_given_twice_counts_once():
    data = dataset([*clean(24), (sentences(1)[0], "bad")])
    twice = replace(data, splits={"train": data.splits["train"], "dev": data.splits["train"]})
    found = [finding for finding in look_over(twice, ModelSettings(), None) if finding.check == "duplicates"]
    assert len(found) == 2
    assert in_short(found).startswith("Warning: duplicates in 1 row (train.csv line 26 (as 2)).")


def test_in_short_classes_are_counted_and_not_their_rows():
    rows = [*clean(40), *((text, "odd") for text in sentences(4, start=100)), (sentences(1, start=200)[0], "rare")]
    data = dataset(rows, [(text, "bad") for text, _ in clean(12, start=500)])
    found = look_over(data, ModelSettings(max_length=128), None)
    told = in_short([finding for finding in found if finding.check != "imbalance"])
    assert told.startswith(
        "Warning: 2 classes have fewer than 10 examples (train.csv lines 42, 43, 44, 45, 46), dev lacks a class. "
    )
    rare = [finding for finding in found if finding.check == "few-examples"]
    assert "1 class has fewer than 10 examples" in in_short(rare[:1])
    imbalance = [finding for finding in found if finding.check == "imbalance"]
    assert "one class is over 9 times as frequent as another" in in_short(imbalance)


def test_a_class_that_is_not_judged():
    dev = [(text, "bad") for text, _ in clean(12, start=500)]
    assert (
        "no example of 'good'"
        in only(
            look(dataset(clean(24), dev)),
            "unjudged-classes dev has no example of 'good', so the score says nothing about it",
        ).message
    )


def test_labels_that_are_alike():
    rows = [*clean(40), *((text, "Good") for text in sentences(12, start=100))]
    dev = [*clean(12, start=500), ("another", "Good")]
    finding = only(
        look(dataset(rows, dev)),
        "alike-labels the labels 'Good' and 'good' differ in case or white space "
        "alone, and are taken for different classes",
    )
    assert lines(finding) == list(range(42, 54))
    assert finding.count == 12
    assert finding.where == "train.csv lines 42, 43, 44, 45, 46 and 7 more"


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("replacement-characters", "na\ufffdve"),
        ("mojibake", "a cafÃ© in town"),
        ("mojibake", "itâ€™s mine"),
        ("mojibake", "it â\x80\x99s mine"),
        ("mojibake", "ÐŸÑ€Ð¸Ð²ÐµÑ‚"),
        ("mojibake", "fine ðŸ™‚"),
        ("control-characters", "a bell \x07 rings"),
        ("control-characters", "\ufeffat the start"),
    ],
)
def test_damaged_characters(check, text):
    assert lines(only(look(dataset([*clean(24), (text, "bad")])), f"{check} train")) == [26]


@pytest.mark.parametrize(
    "text",
    [
        "Ça va, à bientôt à Nîmes: « CAFÉ »",
        "“SIMULAÇÃO” e «MAÇÃ»",
        "Привет, мир",
        "naïve 🙂 façade",
        "a\tb",
        "Ελλάδα",
        "50 € – £5",
    ],
)
def test_text_of_other_languages_is_not_odd(text):
    assert look(dataset([*clean(24), (text, "bad")])) == {}


def test_mixed_forms_of_accents():
    composed, decomposed = "caf\u00e9 by the sea", "nai\u0308ve and tired"
    finding = only(look(dataset([*clean(24), (composed, "bad"), (decomposed, "good")])), "mixed-unicode-forms train")
    assert lines(finding) == [27]
    assert look(dataset([*clean(24), (decomposed, "good")])) == {}, "one form is no mixture"


def test_texts_that_are_cut():
    rows = [*clean(24), ("long " * 100, "bad")]
    tokens = find_token_counter("onboard")
    finding = only(look(dataset(rows), tokens=tokens, max_length=40), "truncation train")
    assert lines(finding) == [26]
    assert "the longest has 102" in finding.message
    assert all(option in finding.hint for option in ("--max-length 104", "--long-text windows", "--truncation"))
    assert "Warning: 1 text is cut at --max-length" in in_short([finding])
    assert look(dataset(rows), tokens=tokens, max_length=102) == {}, "just as long as it may be"
    assert look(dataset(rows), tokens=None, max_length=40) == {}


def test_no_length_is_proposed_that_the_model_does_not_take():
    rows = [*clean(200), ("long " * 100, "bad")]
    subject = Subject(dataset(rows), 40, find_token_counter("onboard"))
    (known,) = Truncation().look(replace(subject, most=102))
    assert known.hint.startswith("--max-length 102 would cut none of them;")
    (too_few,) = Truncation().look(replace(subject, most=101))
    assert too_few.hint.startswith("The model takes 101 tokens at most;")
    (unknown,) = Truncation().look(subject)
    assert unknown.hint.startswith("--max-length 104 would cut none of them, if the model takes that many;")


def test_tokens_are_counted_as_the_model_is_shown_them():
    from transformers import AutoTokenizer

    texts = [(text, pair) for text, pair in zip(sentences(5), sentences(5, start=9), strict=True)]
    encoded = AutoTokenizer.from_pretrained(locate("onboard"))([a for a, _ in texts], [b for _, b in texts])
    counter = find_token_counter("onboard")
    assert counter is not None
    assert counter.count(texts).tolist() == list(map(len, encoded["input_ids"]))


def test_of_a_few_long_texts_the_length_that_cuts_none_is_told():
    rows = [*clean(200), ("long " * 100, "bad")]
    finding = only(look(dataset(rows), tokens=find_token_counter("onboard"), max_length=40), "truncation train")
    assert finding.hint.startswith("--max-length 104 would cut none of them")


@pytest.fixture(scope="module")
def counters(tmp_path_factory):
    """Tokenizers that take words apart, bytes together, and pieces with the space before them."""
    made = {"onboard": find_token_counter("onboard")}
    for family in ("Roberta", "Albert"):
        folder = save_family(family, tmp_path_factory.mktemp(family), sentences(20))
        made[family] = find_token_counter(str(folder))
    return made


@given(
    st.lists(st.tuples(st.text(max_size=60), st.none() | st.text(max_size=60)), min_size=1, max_size=4),
    st.integers(1, 70),
    st.sampled_from(["onboard", "Roberta", "Albert"]),
)
@settings(deadline=None)
def test_all_texts_that_are_longer_are_counted(counters, texts, length, tokenizer):
    counts, found = counters[tokenizer].count(texts), counters[tokenizer].count_longer(texts, length)
    assert found[counts > length].tolist() == counts[counts > length].tolist()
    assert set(found[found != counts]) <= {0}


def test_short_texts_of_ascii_are_not_counted(counters):
    assert counters["onboard"].count_longer([("A short one.", None), ("Ein längerer.", None)], 40).tolist() == [0, 6]


def test_a_model_that_is_not_here_counts_no_tokens(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert find_token_counter("bert") is None
