from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable

import pytest

from ftcli.tasks.demo import agreement, lexicon, order, polarity, pronouns, questions, verb_phrases
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.generate import make_pair
from ftcli.tasks.demo.phenomena import PHENOMENA
from ftcli.tasks.demo.words import Words, nouns, verbs

VARIANTS = sorted({variant for variants in PHENOMENA.values() for variant in variants}, key=lambda one: one.__name__)
BASES = {verb.base for words in (lexicon.PEOPLE_VERBS, lexicon.THING_VERBS) for verb in words.seen + words.held_out}


def pairs_of(variant: Callable[[Draw], Pair], count: int = 200, held_out_share: float = 0.3) -> Iterable[Pair]:
    draw = Draw(random.Random(variant.__name__), held_out_share)
    for _ in range(count):
        draw.start()
        yield variant(draw)


def everything(words: Words) -> tuple:
    return words.seen + words.held_out


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.__name__)
def test_halves_differ_and_are_tidy(variant: Callable[[Draw], Pair]) -> None:
    for pair in pairs_of(variant):
        assert pair.good != pair.bad
        assert pair.end in {".", "?"}
        for half in (pair.good, pair.bad):
            assert re.fullmatch(r"[A-Za-z]+(,? [A-Za-z]+)*", half), half
            assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", half), half


def test_nothing_is_both_acceptable_and_not() -> None:
    good, bad = set(), set()
    draw = Draw(random.Random(1), 0.2)
    for code in PHENOMENA:
        for _ in range(1500):
            pair = make_pair(draw, code)
            good.add(pair.good)
            bad.add(pair.bad)
    assert not good & bad


def test_seen_and_held_out_words_share_no_form() -> None:
    seen = {
        form
        for words in vars(lexicon).values()
        if isinstance(words, Words)
        for word in words.seen
        for form in ([word] if isinstance(word, str) else word.forms())
    }
    assert not held_out_overlap(seen)
    assert held_out_overlap({"vases", "at the airport", "threw"}) == {"vases", "airport", "threw"}


def held_out_overlap(texts: set[str]) -> set[str]:
    return {word for text in texts for word in text.lower().split()} & lexicon.held_out_forms()


def test_every_list_with_held_out_words_is_in_their_count() -> None:
    for name, words in vars(lexicon).items():
        if isinstance(words, Words):
            for word in words.held_out:
                forms = [word.split()[-1]] if isinstance(word, str) else word.forms()
                assert lexicon.held_out_forms().issuperset(form.lower() for form in forms), name


def test_training_draws_no_held_out_word() -> None:
    for variant in VARIANTS:
        for pair in pairs_of(variant, 60, held_out_share=0.0):
            assert not held_out_overlap({pair.good, pair.bad}), pair


def test_a_sentence_repeats_no_word_of_a_large_class() -> None:
    draw = Draw(random.Random(0), 0.3)
    for _ in range(50):
        draw.start()
        people = [draw.word(lexicon.PEOPLE) for _ in range(5)]
        assert len(set(people)) == 5


def test_inflection() -> None:
    carry, steal, rely = verbs("carry steal/stole/stolen/stealing rely+on").seen
    assert carry.forms() == ["carry", "carries", "carried", "carried", "carrying"]
    assert steal.forms() == ["steal", "steals", "stole", "stolen", "stealing"]
    assert (rely.past, rely.prep) == ("relied", "on")
    assert [verb.third for verb in verbs("admire pray mix wash").seen] == ["admires", "prays", "mixes", "washes"]
    assert [noun.plural for noun in nouns("box baby boy child/children").seen] == [
        "boxes",
        "babies",
        "boys",
        "children",
    ]


def test_determiners_agree_only_in_the_good_half() -> None:
    plural = {noun.plural for words in (lexicon.PEOPLE, lexicon.THINGS) for noun in everything(words)}
    singular = {noun.singular for words in (lexicon.PEOPLE, lexicon.THINGS) for noun in everything(words)}

    def agrees(text: str) -> bool:
        found = re.search(r"\b(this|each|every|these|those|many|several) (.*)", text)
        if not found:
            return True
        noun = next(word for word in found[2].split() if word in plural | singular)
        return (noun in plural) == (found[1] in {"these", "those", "many", "several"})

    pairs = [
        pair for pair in pairs_of(agreement.determiner) if re.search(r"\b(this|each|every|many|several)\b", pair.good)
    ]
    pairs = [pair for pair in pairs if "those" not in pair.good]  # also an ordinary determiner of other phrases
    assert len(pairs) > 80
    assert all(agrees(pair.good) and not agrees(pair.bad) for pair in pairs)


def test_names_take_the_singular_only_in_the_good_half() -> None:
    third = {verb.third for words in (lexicon.PEOPLE_VERBS, lexicon.THING_VERBS) for verb in everything(words)}
    checked = 0
    for pair in pairs_of(agreement.verb_plain, 600):
        name, good, *_ = pair.good.split()
        if name[0].isupper() and good in third | BASES:
            checked += 1
            assert good in third
            assert pair.bad.split()[1] in BASES
    assert checked > 20


def test_modals_are_followed_by_a_base_only_in_the_good_half() -> None:
    after = re.compile(r"\b(?:will|can|should|must|may|might) (?:not )?(\w+)")
    bases = BASES | {verb.base for words in (lexicon.INTRANSITIVE, lexicon.ACTIVITIES) for verb in everything(words)}
    for pair in pairs_of(verb_phrases.after_modal):
        assert after.search(pair.good)[1] in bases
        assert after.search(pair.bad)[1] not in bases


def test_pronouns_open_a_sentence_in_the_nominative() -> None:
    for pair in pairs_of(pronouns.case_subject):
        assert pair.good.split()[0] in {"he", "she", "they", "we"}
        assert pair.bad.split()[0] in {"him", "her", "them", "us"}


def test_reflexives_fit_names() -> None:
    genders = {noun.singular: noun.gender for noun in everything(lexicon.NAMES)}
    right = {"m": "himself", "f": "herself"}
    checked = 0
    for pair in pairs_of(pronouns.reflexive_plain, 400):
        gender = genders.get(pair.good.split()[0])
        if gender:
            checked += 1
            assert right[gender] in pair.good.split()
            assert right[gender] not in pair.bad.split()
    assert checked > 50


def test_word_order_keeps_the_words() -> None:
    for variant in (order.adjective_place, order.object_place, order.auxiliary_place, order.preposition_place):
        for pair in pairs_of(variant, 100):
            assert sorted(pair.good.split()) == sorted(pair.bad.split())


def test_polarity_below_the_negation_only_moves_it() -> None:
    for pair in pairs_of(polarity.ever_below):
        assert sorted(pair.good.split()) == sorted(pair.bad.split())
        assert pair.good.startswith("no ")
        assert not pair.bad.startswith("no ")


def test_questions_end_as_questions() -> None:
    assert all(pair.end == "?" for pair in pairs_of(questions.out_of_relative))
    assert all(pair.end == "." for pair in pairs_of(questions.embedded_question))
