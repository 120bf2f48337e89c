"""Phenomena of pronouns: their case, and reflexives."""

from __future__ import annotations

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phrases import (
    Phrase,
    noun_phrase,
    people,
    place,
    say,
    someone,
    tensed,
    transitive,
)

NEAR = ("near", "behind", "next to", "in front of")
SUBJECT_PRONOUNS = (("he", False), ("she", False), ("they", True), ("we", True))
OBJECT_OF = {"he": "him", "she": "her", "they": "them", "we": "us"}
POSSESSIVES = (
    ("my", "mine"),
    ("your", "yours"),
    ("our", "ours"),
    ("their", "theirs"),
    ("her", "she"),
    ("his", "he"),
    ("their", "they"),
)


def case_subject(draw: Draw) -> Pair:
    """Make e.g. *Him praised the girl."""
    pronoun, plural = draw.one_of(*SUBJECT_PRONOUNS)
    rest = tensed(draw, plural, transitive(draw))
    return Pair(say(pronoun, rest), say(OBJECT_OF[pronoun], rest))


def case_object(draw: Draw) -> Pair:
    """Make e.g. the girl praised *he; the girl near *he laughed."""
    pronoun, _ = draw.one_of(*SUBJECT_PRONOUNS)
    subject = someone(draw).text
    start, after = say(subject, draw.word(lex.PEOPLE_VERBS).past), place(draw)
    if draw.chance():
        prep_verb = draw.word(lex.PREP_VERBS)
        start = say(subject, prep_verb.past, prep_verb.prep)
    elif draw.chance():
        nearby = people(draw)
        start, after = say(nearby.text, draw.one_of(*NEAR)), tensed(draw, nearby.plural, transitive(draw))
    return Pair(say(start, OBJECT_OF[pronoun], after), say(start, pronoun, after))


def case_possessor(draw: Draw) -> Pair:
    """Make e.g. the girl carried *mine lamp; the girl carried *my."""
    start = say(someone(draw).text, draw.word(lex.THING_VERBS).past)
    after = place(draw)
    if draw.chance(0.4):
        mine, my = draw.one_of(("mine", "my"), ("yours", "your"), ("ours", "our"), ("theirs", "their"))
        return Pair(say(start, mine, after), say(start, my, after))
    right, wrong = draw.one_of(*POSSESSIVES)
    adjective = draw.word(lex.THING_ADJECTIVES) if draw.chance(0.4) else ""
    core = say(adjective, draw.word(lex.THINGS).singular, after)
    return Pair(say(start, right, core), say(start, wrong, core))


def _selves(draw: Draw, owner: Phrase) -> tuple[str, str]:
    """Return the reflexive that fits and one that doesn't."""
    if owner.plural:
        return "themselves", draw.one_of("himself", "herself")
    right, wrong = ("himself", "herself") if owner.gender == "m" else ("herself", "himself")
    return right, draw.one_of(wrong, "themselves")


def _owner(draw: Draw, plural: bool | None = None) -> Phrase:
    """Return somebody whose gender is plain."""
    if plural is None and draw.chance(0.3):
        name = draw.word(lex.NAMES)
        return Phrase(name.singular, False, name.gender)
    return noun_phrase(draw, lex.GENDERED, plural, lex.PEOPLE_ADJECTIVES)


def _opposite(draw: Draw, owner: Phrase) -> tuple[Phrase, str, str]:
    """Return somebody of other number or gender, the owner's reflexive, and the other's."""
    if owner.plural or draw.chance():
        other = _owner(draw, not owner.plural)
    else:
        other = noun_phrase(draw, lex.WOMEN if owner.gender == "m" else lex.MEN, False, lex.PEOPLE_ADJECTIVES)
    return other, _selves(draw, owner)[0], _selves(draw, other)[0]


def reflexive_plain(draw: Draw) -> Pair:
    """Make e.g. the girl admired *himself."""
    owner = _owner(draw)
    right, wrong = _selves(draw, owner)
    start = say(owner.text, draw.word(lex.SELF_VERBS).past)
    after = place(draw)
    return Pair(say(start, right, after), say(start, wrong, after))


def reflexive_attractor(draw: Draw) -> Pair:
    """Make e.g. the girl near the boys admired *themselves."""
    owner = _owner(draw, draw.chance(0.4))
    other, right, wrong = _opposite(draw, owner)
    start = say(owner.text, draw.one_of(*NEAR), other.text, draw.word(lex.SELF_VERBS).past)
    return Pair(say(start, right), say(start, wrong))


def reflexive_local(draw: Draw) -> Pair:
    """Make e.g. the boys think that the girl admired *themselves."""
    owner = _owner(draw)
    other, right, wrong = _opposite(draw, owner)
    start = say(other.text, draw.word(lex.SAY).past, "that", owner.text, draw.word(lex.SELF_VERBS).past)
    return Pair(say(start, right), say(start, wrong))


def reflexive_subject(draw: Draw) -> Pair:
    """Make e.g. *Himself admired the boy."""
    owner = _owner(draw)
    right, _ = _selves(draw, owner)
    verb, after = draw.word(lex.SELF_VERBS).past, place(draw)
    return Pair(say(owner.text, verb, right, after), say(right, verb, owner.text, after))
