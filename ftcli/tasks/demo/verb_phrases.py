"""Phenomena of the verb phrase: objects, complements, auxiliaries."""

from __future__ import annotations

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phrases import (
    Predicate,
    be,
    deed,
    finished,
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

MODALS = ("will", "can", "should", "must", "may", "might")


def object_missing(draw: Draw) -> Pair:
    """Make e.g. the girl *greeted."""
    if draw.chance():
        what = Predicate(draw.word(lex.PEOPLE_VERBS), someone(draw).text)
    else:
        what = Predicate(draw.word(lex.STRICT_THING_VERBS), thing(draw).text)
    subject, where, state = someone(draw), place(draw), draw.chance(0.3)
    verb = Predicate(what.verb)
    if state:
        start = say(subject.text, have(subject.plural))
        return Pair(say(start, what.form("participle"), where), say(start, verb.form("participle"), where))
    return Pair(say(subject.text, what.form("past"), where), say(subject.text, verb.form("past"), where))


def object_extra(draw: Draw) -> Pair:
    """Make e.g. the girl *sneezed the boy."""
    subject, verb = someone(draw), draw.word(lex.INTRANSITIVE)
    start = say(subject.text, finished(draw, subject.plural, Predicate(verb)))
    extra, where = draw.one_of(someone, thing)(draw).text, place(draw, 0.5)
    return Pair(say(start, where), say(start, extra, where))


def giving(draw: Draw) -> Pair:
    """Make e.g. the girl handed *to the boy."""
    subject, to = someone(draw), someone(draw).text
    what, where = thing(draw).text, place(draw)
    start = say(subject.text, finished(draw, subject.plural, Predicate(draw.word(lex.GIVING))))
    good = draw.one_of(say(what, "to", to), say(to, what))
    return Pair(say(start, good, where), say(start, "to", to, where))


def telling(draw: Draw) -> Pair:
    """Make e.g. the girl described *the boy the lamp."""
    subject, to, what = someone(draw), someone(draw).text, thing(draw).text
    start, where = (
        say(subject.text, tensed(draw, subject.plural, Predicate(draw.word(lex.TELLING)))),
        place(draw),
    )
    return Pair(say(start, what, "to", to, where), say(start, to, what, where))


def putting(draw: Draw) -> Pair:
    """Make e.g. the girl *put the lamp."""
    start = say(someone(draw).text, draw.one_of("put", "placed"), thing(draw).text)
    surface = noun_phrase(draw, lex.SURFACES, False, lex.THING_ADJECTIVES).text
    when = draw.one_of("", "", "yesterday", "last week", "this morning")
    return Pair(say(start, draw.one_of("on", "under"), surface, when), say(start, when))


def preposition_missing(draw: Draw) -> Pair:
    """Make e.g. the girl *waited the boy."""
    subject, verb = someone(draw), draw.word(lex.PREP_VERBS)
    start, whom, where = (
        say(subject.text, tensed(draw, subject.plural, Predicate(verb))),
        someone(draw).text,
        place(draw),
    )
    return Pair(say(start, verb.prep, whom, where), say(start, whom, where))


def preposition_extra(draw: Draw) -> Pair:
    """Make e.g. the girl admired *at the boy."""
    subject, verb = someone(draw), draw.word(lex.PEOPLE_VERBS)
    start, whom, where = (
        say(subject.text, finished(draw, subject.plural, Predicate(verb))),
        someone(draw).text,
        place(draw),
    )
    return Pair(say(start, whom, where), say(start, draw.one_of("to", "at", "on"), whom, where))


def control_object(draw: Draw) -> Pair:
    """Make e.g. the girl decided *the boy to laugh; the girl persuaded *to laugh."""
    subject, whom = someone(draw), someone(draw).text
    to = "to " + deed(draw).form("base")
    persuades = draw.chance()
    verb = Predicate(draw.word(lex.PERSUADE if persuades else lex.DECIDE))
    start = say(subject.text, finished(draw, subject.plural, verb))
    alone, with_object = say(start, to), say(start, whom, to)
    return Pair(with_object, alone) if persuades else Pair(alone, with_object)


def bare_verb(draw: Draw) -> Pair:
    """Make e.g. the girl persuaded the boy *laugh; the girl made the boy *to laugh."""
    what = transitive(draw).form("base")
    makes = draw.chance()
    verb = draw.word(lex.MAKE if makes else lex.PERSUADE).past
    start = say(someone(draw).text, verb, people(draw).text)
    bare, to = say(start, what), say(start, "to", what)
    return Pair(bare, to) if makes else Pair(to, bare)


def gerund(draw: Draw) -> Pair:
    """Make e.g. the girl enjoyed *to carry a lamp; the girl decided *carrying a lamp."""
    what = transitive(draw)
    enjoys = draw.chance()
    start = say(someone(draw).text, draw.word(lex.ENJOY if enjoys else lex.DECIDE).past)
    ing, to = say(start, what.form("ing")), say(start, "to", what.form("base"))
    return Pair(ing, to) if enjoys else Pair(to, ing)


def infinitive_form(draw: Draw) -> Pair:
    """Make e.g. the girl decided to *carried a lamp."""
    what = transitive(draw)
    start = say(someone(draw).text, draw.word(lex.DECIDE).past)
    if draw.chance(0.3):
        start = say(someone(draw).text, draw.word(lex.PERSUADE).past, someone(draw).text)
    return Pair(say(start, "to", what.form("base")), say(start, "to", what.form(draw.one_of("third", "past"))))


def clause_complement(draw: Draw) -> Pair:
    """Make e.g. the girl greeted *that the boy laughed; the girl thought *the boy."""
    speaker, other = someone(draw).text, someone(draw)
    says, greets = draw.word(lex.SAY).past, draw.word(lex.NOT_SAY).past
    if draw.chance():
        clause = say("that", other.text, predicate(draw).form("past"))
        return Pair(say(speaker, says, clause), say(speaker, greets, clause))
    return Pair(say(speaker, greets, other.text), say(speaker, says, other.text))


def after_modal(draw: Draw) -> Pair:
    """Make e.g. the girl will *laughed."""
    what, start = predicate(draw), say(someone(draw).text, draw.one_of(*MODALS), draw.one_of("", "", "not"))
    wrong = draw.one_of(*(what.form(name) for name in ("third", "past", "ing")), "to " + what.form("base"))
    return Pair(say(start, what.form("base")), say(start, wrong))


def after_have(draw: Draw) -> Pair:
    """Make e.g. the girl has *praise the boy."""
    what, subject = transitive(draw), someone(draw)
    start = say(subject.text, have(subject.plural), draw.one_of("", "", "not"))
    if draw.chance(0.3):
        start = say(subject.text, draw.one_of("must", "should", "may", "might"), "have")
    return Pair(say(start, what.form("participle")), say(start, what.form(draw.one_of("base", "ing"))))


def after_be(draw: Draw) -> Pair:
    """Make e.g. the girl is *praise the boy."""
    what, subject = transitive(draw), someone(draw)
    start = say(subject.text, be(subject.plural, draw.chance()), draw.one_of("", "", "not"))
    return Pair(say(start, what.form("ing")), say(start, what.form(draw.one_of("base", "third"))))


def after_do(draw: Draw) -> Pair:
    """Make e.g. the girl did not *praised the boy; the girl *not praised the boy."""
    what, subject = predicate(draw), someone(draw)
    do = draw.one_of("did", "do" if subject.plural else "does")
    start = say(subject.text, do, "not")
    wrong = draw.one_of(
        say(start, what.form("past")),
        say(start, what.form("ing")),
        say(subject.text, "not", what.form("past")),
    )
    return Pair(say(start, what.form("base")), wrong)


def passive(draw: Draw) -> Pair:
    """Make e.g. the girl was *praise by the boy; the girl *praised by the boy."""
    by = say("by", someone(draw).text, place(draw))
    if draw.chance(0.6):
        subject, verb = someone(draw), draw.word(lex.PEOPLE_VERBS)
        wrong = draw.one_of(say(be(subject.plural, past=True), verb.base), verb.participle)
    else:
        subject, verb = thing(draw), draw.word(lex.THING_VERBS)
        wrong = say(be(subject.plural, past=True), draw.one_of(verb.base, verb.third))
    right = say(be(subject.plural, past=True), verb.participle)
    return Pair(say(subject.text, right, by), say(subject.text, wrong, by))
