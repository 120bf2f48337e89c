"""Phenomena of order and of coordination."""

from __future__ import annotations

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phrases import (
    Predicate,
    be,
    have,
    noun_phrase,
    people,
    place,
    predicate,
    say,
    someone,
    tensed,
    thing,
    transitive,
)

MODALS = ("will", "can", "should", "must")


def adjective_place(draw: Draw) -> Pair:
    """Make e.g. *The girl tall laughed; *tall the girl laughed; he greeted *tall the girl."""
    plural = draw.chance()
    noun, adjective = draw.word(lex.PEOPLE).form(plural), draw.word(lex.PEOPLE_ADJECTIVES)
    determiner = draw.one_of("the", "my", "our", "their")
    before, after = "", tensed(draw, plural, predicate(draw))
    orders = [
        say(determiner, noun, adjective),
        say(adjective, determiner, noun),
        say(noun, determiner, adjective),
    ]
    if draw.chance():
        before, after = say(someone(draw).text, draw.word(lex.PEOPLE_VERBS).past), place(draw, 0.5)
        orders = orders[1:]
    good = say(before, determiner, adjective, noun, after)
    return Pair(good, say(before, draw.one_of(*orders), after))


def degree_place(draw: Draw) -> Pair:
    """Make e.g. the *clever very girl laughed; the girl is *clever very."""
    plural, adjective = draw.chance(), draw.word(lex.PEOPLE_ADJECTIVES)
    degree = draw.one_of("very", "quite", "rather")
    if draw.chance():
        subject = someone(draw, plural)
        start = say(subject.text, be(subject.plural, draw.chance()))
        return Pair(say(start, degree, adjective), say(start, adjective, degree))
    noun, after = draw.word(lex.PEOPLE).form(plural), tensed(draw, plural, predicate(draw))
    determiner = draw.one_of("the", "my", "our")
    return Pair(say(determiner, degree, adjective, noun, after), say(determiner, adjective, degree, noun, after))


def adverb_place(draw: Draw) -> Pair:
    """Make e.g. the girl greeted *often the boy; the *often girl greeted the boy."""
    determiner, noun = draw.one_of("the", "my", "our", "their"), draw.word(lex.PEOPLE).form(draw.chance())
    adverb, verb = draw.word(lex.ADVERBS), draw.word(lex.PEOPLE_VERBS).past
    whom = noun_phrase(draw, lex.PEOPLE).text
    bad = draw.one_of(
        say(determiner, noun, verb, adverb, whom),
        say(determiner, adverb, noun, verb, whom),
    )
    return Pair(say(determiner, noun, adverb, verb, whom), bad)


def object_place(draw: Draw) -> Pair:
    """Make e.g. the girl will *the lamp carry; *greeted the girl the boy."""
    subject, modal = someone(draw), draw.one_of(*MODALS)
    if draw.chance(0.3):
        verb, whom = draw.word(lex.PEOPLE_VERBS).past, someone(draw).text
        return Pair(say(subject.text, verb, whom), say(verb, subject.text, whom))
    what, where = transitive(draw), place(draw)
    start, auxiliary_verb = say(subject.text, modal), what.verb.base
    if draw.chance(0.4):
        start, auxiliary_verb = say(subject.text, be(subject.plural, draw.chance())), what.verb.ing
    return Pair(say(start, auxiliary_verb, what.rest, where), say(start, what.rest, auxiliary_verb, where))


def auxiliary_place(draw: Draw) -> Pair:
    """Make e.g. the girl *greeted has the boy; the girl *have may greeted the boy."""
    subject, what = someone(draw), transitive(draw)
    rest, participle = what.rest, what.verb.participle
    if draw.chance(0.4):
        modal = draw.one_of("may", "might", "must", "should")
        start, end = subject.text, say(participle, rest)
        return Pair(say(start, modal, "have", end), say(start, "have", modal, end))
    has = have(subject.plural)
    return Pair(say(subject.text, has, participle, rest), say(subject.text, participle, has, rest))


def preposition_place(draw: Draw) -> Pair:
    """Make e.g. the girl laughed *the park in; the girl waited *the boy for."""
    subject = someone(draw)
    if draw.chance():
        verb, whom, where = draw.word(lex.PREP_VERBS), someone(draw).text, place(draw)
        start = say(subject.text, tensed(draw, subject.plural, Predicate(verb)))
        return Pair(say(start, verb.prep, whom, where), say(start, whom, verb.prep, where))
    what = draw.one_of(Predicate(draw.word(lex.INTRANSITIVE)), transitive(draw))
    start = say(subject.text, tensed(draw, subject.plural, what))
    preposition, _, where = draw.word(lex.PLACES).partition(" ")
    return Pair(say(start, preposition, where), say(start, where, preposition))


def determiner_place(draw: Draw) -> Pair:
    """Make e.g. the girl carried *lamp the; *girl the laughed."""
    plural = draw.chance()
    determiner = draw.one_of("the", "my", "our", "every" if not plural else "some")
    noun = draw.word(lex.PEOPLE).form(plural)
    before, after = "", tensed(draw, plural, predicate(draw))
    if draw.chance():
        noun = draw.word(lex.THINGS).form(plural)
        before, after = say(someone(draw).text, draw.word(lex.THING_VERBS).past), place(draw, 0.5)
    return Pair(say(before, determiner, noun, after), say(before, noun, determiner, after))


def correlative(draw: Draw) -> Pair:
    """Make e.g. both the girl *or the boy laughed."""
    first, second = someone(draw, False).text, someone(draw).text
    (both, right, wrong) = draw.one_of(("both", "and", "or"), ("either", "or", "and"), ("neither", "nor", "and"))
    before, after = "", predicate(draw).form("past")
    if draw.chance():
        before, after = say(someone(draw).text, draw.word(lex.PEOPLE_VERBS).past), place(draw)
    good, bad = (say(before, both, first, link, second, after) for link in (right, wrong))
    return Pair(good, bad)


def unlike_adjective(draw: Draw) -> Pair:
    """Make e.g. the girl was tall and *quickly."""
    was = be(plural=False, past=draw.chance())  # of several, "were tall and smile" would pass
    start = say(someone(draw, False).text, was, draw.word(lex.PEOPLE_ADJECTIVES), "and")
    wrong = draw.one_of(draw.word(lex.ADVERBS), draw.word(lex.INTRANSITIVE).base)
    return Pair(say(start, draw.word(lex.PEOPLE_ADJECTIVES)), say(start, wrong))


def unlike_object(draw: Draw) -> Pair:
    """Make e.g. the girl greeted the boy and *tall; ... and *that the man laughed."""
    start = say(someone(draw).text, draw.word(lex.PEOPLE_VERBS).past, someone(draw).text, "and")
    second, where = someone(draw), place(draw)
    wrong = draw.one_of(
        say(draw.word(lex.PEOPLE_ADJECTIVES), where),
        say("that", second.text, draw.word(lex.INTRANSITIVE).past),
    )
    return Pair(say(start, second.text, where), say(start, wrong))


def unlike_verb(draw: Draw) -> Pair:
    """Make e.g. the girl will carry the lamp and *singing; the girl has greeted the boy and *carry the lamp."""
    # One subject only, and no past: "they have greeted him and carry it", "he must go and left" would pass.
    subject, first, second = someone(draw, plural=False).text, transitive(draw), predicate(draw)
    auxiliary, right, wrong = draw.one_of(
        (draw.one_of(*MODALS), "base", "ing"),
        ("has", "participle", draw.one_of("base", "ing")),
        (be(plural=False, past=draw.chance()), "ing", "base"),
    )
    start = say(subject, auxiliary, first.form(right), "and")
    return Pair(say(start, second.form(right)), say(start, second.form(wrong)))


def conjunction_place(draw: Draw) -> Pair:
    """Make e.g. the girl *the boy and laughed; the girl greeted the boy *and."""
    first, second = someone(draw).text, people(draw).text
    if draw.chance():
        after = predicate(draw).form("past")
        return Pair(say(first, "and", second, after), say(first, second, "and", after))
    start = say(first, draw.word(lex.THING_VERBS).past, thing(draw).text)
    more, where = thing(draw).text, place(draw)
    return Pair(say(start, "and", more, where), draw.one_of(say(start, more, "and", where), say(start, "and", where)))


def joint_agreement(draw: Draw) -> Pair:
    """Make e.g. the girl and the boy *is tall."""
    start = say(someone(draw, False).text, "and", people(draw, draw.chance()).text)
    past = draw.chance()
    rest = draw.one_of(draw.word(lex.PEOPLE_ADJECTIVES), predicate(draw).form("ing"))
    return Pair(say(start, be(True, past), rest), say(start, be(False, past), rest))
