"""Phenomena of agreement: verbs with their subject, determiners with their noun."""

from __future__ import annotations

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phrases import (
    Phrase,
    be,
    have,
    people,
    place,
    predicate,
    say,
    someone,
    thing,
)

NEAR = ("near", "behind", "next to", "in front of")
THIS = ("this", "each", "every", "a")
THESE = ("these", "those", "many", "several")


def _agree(draw: Draw, subject: Phrase, also: str = "") -> Pair:
    """Let people agree with their verb, and not."""
    what, past = predicate(draw), draw.chance()
    adjective = say(draw.one_of("", "very"), draw.word(lex.PEOPLE_ADJECTIVES))
    kind = draw.one_of("present", "present", "present", "perfect", "progressive", "adjective")

    def verb(plural: bool) -> str:
        if kind == "present":
            return what.present(plural)
        if kind == "perfect":
            return say(have(plural), what.form("participle"))
        return say(be(plural, past), what.form("ing") if kind == "progressive" else adjective)

    start = say(subject.text, also)
    return Pair(say(start, verb(subject.plural)), say(start, verb(not subject.plural)))


def verb_plain(draw: Draw) -> Pair:
    """Make e.g. the girls *laughs."""
    return _agree(draw, someone(draw))


def verb_attractor(draw: Draw) -> Pair:
    """Make e.g. the girl near the boys *laugh."""
    subject = people(draw, draw.chance())
    return _agree(draw, subject, say(draw.one_of(*NEAR), people(draw, subject.plural ^ draw.chance(0.8)).text))


def verb_relative(draw: Draw) -> Pair:
    """Make e.g. the girl who praised the boys *laugh."""
    subject = people(draw, draw.chance())
    other = people(draw, subject.plural ^ draw.chance(0.8)).text
    verb = draw.word(lex.PEOPLE_VERBS).past
    return _agree(draw, subject, draw.one_of(say("who", verb, other), say("who", other, verb)))


def verb_of_things(draw: Draw) -> Pair:
    """Make e.g. the lamp near the books *are old."""
    subject = thing(draw, draw.chance())
    other = thing(draw, subject.plural ^ draw.chance(0.8)).text
    start = say(subject.text, draw.one_of(*NEAR), other)
    past, adjective = draw.chance(), draw.word(lex.THING_ADJECTIVES)
    return Pair(say(start, be(subject.plural, past), adjective), say(start, be(not subject.plural, past), adjective))


def determiner(draw: Draw) -> Pair:
    """Make e.g. these young *teacher laughed; he carried *every lamps."""
    plural, subject = draw.chance(), draw.chance()
    nouns, adjectives = lex.PEOPLE, lex.PEOPLE_ADJECTIVES
    if not subject and draw.chance():
        nouns, adjectives = lex.THINGS, lex.THING_ADJECTIVES
    noun, adjective = draw.word(nouns), draw.word(adjectives) if draw.chance(0.4) else ""
    word = draw.one_of(*(THESE if plural else THIS))
    if word == "a" and (adjective or noun.singular)[0] in "aeiou":
        word = "an"
    before, after = "", predicate(draw).form("past")
    if not subject:
        verb = draw.word(lex.THING_VERBS if nouns is lex.THINGS else lex.PEOPLE_VERBS)
        before, after = say(someone(draw).text, verb.past), place(draw)
    good, bad = (say(before, word, adjective, noun.form(number), after) for number in (plural, not plural))
    return Pair(good, bad)


def partitive(draw: Draw) -> Pair:
    """Make e.g. one of my *brother laughed."""
    start = say(draw.one_of("one", "each", "many", "several"), "of", draw.one_of("the", "my", "our"))
    noun, adjective = draw.word(lex.PEOPLE), draw.word(lex.PEOPLE_ADJECTIVES) if draw.chance(0.4) else ""
    after = predicate(draw).form("past")
    return Pair(say(start, adjective, noun.plural, after), say(start, adjective, noun.singular, after))
