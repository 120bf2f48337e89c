"""Phenomena of questions: how they are formed, and what they can't ask about."""

from __future__ import annotations

from typing import NamedTuple

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phrases import Predicate, have, people, place, predicate, say, someone, thing
from ftcli.tasks.demo.words import Verb

MODALS = ("can", "will", "should", "must")


class Asked(NamedTuple):
    """A question word or phrase, the verb whose object it asks for, and such an object."""

    what: str
    verb: Verb
    answer: str


def _asked(draw: Draw) -> Asked:
    """Draw what to ask for."""
    if draw.chance(0.4):
        return Asked("who", draw.word(lex.PEOPLE_VERBS), someone(draw).text)
    what = draw.one_of("what", "what", say("which", draw.word(lex.THINGS).singular))
    return Asked(what, draw.word(lex.THING_VERBS), thing(draw).text)


def object_question(draw: Draw) -> Pair:
    """Make e.g. «*What the girl carried? What did the girl *carried? What did the girl carry *the lamp?»."""
    asked, subject, where = _asked(draw), someone(draw).text, place(draw, 0.2)
    good = say(asked.what, "did", subject, asked.verb.base, where)
    bad = draw.one_of(
        say(asked.what, subject, asked.verb.past, where),
        say(asked.what, "did", subject, asked.verb.past, where),
        say(asked.what, "did", subject, asked.verb.base, asked.answer, where),
    )
    return Pair(good, bad, "?")


def auxiliary_question(draw: Draw) -> Pair:
    """Make e.g. «*What the girl can carry? *What has carried the girl?»."""
    asked, subject = _asked(draw), someone(draw)
    auxiliary, form = draw.one_of(
        (draw.one_of(*MODALS), asked.verb.base), (have(subject.plural), asked.verb.participle)
    )
    good = say(asked.what, auxiliary, subject.text, form)
    bad = draw.one_of(say(asked.what, subject.text, auxiliary, form), say(asked.what, subject.text, form, auxiliary))
    return Pair(good, bad, "?")


def yes_no_question(draw: Draw) -> Pair:
    """Make e.g. «did the girl *carried the lamp? *Greeted the girl the boy?»."""
    asked, subject, where = _asked(draw), someone(draw).text, place(draw, 0.2)
    rest = say(asked.answer, where)
    good = say("did", subject, asked.verb.base, rest)
    if asked.what == "who" and draw.chance():  # "Bought Mary the lamp?" would pass as "you bought her the lamp?"
        return Pair(good, say(asked.verb.past, subject, rest), "?")
    return Pair(good, say("did", subject, asked.verb.past, rest), "?")


def reason_question(draw: Draw) -> Pair:
    """Make e.g. «*Why the girl laughed? Why did the girl *laughed?»."""
    subject, what = someone(draw).text, predicate(draw)
    word = draw.one_of("why", "when")
    good = say(word, "did", subject, what.form("base"))
    if word == "when" or draw.chance():
        return Pair(good, say(word, "did", subject, what.form("past")), "?")
    return Pair(good, say(word, subject, what.form("past")), "?")


def embedded_question(draw: Draw) -> Pair:
    """Make e.g. the boy knew what *did the girl carry."""
    asked, subject = _asked(draw), someone(draw).text
    start = say(someone(draw).text, draw.one_of("knew", "remembered", "forgot", "revealed"), asked.what)
    return Pair(say(start, subject, asked.verb.past), say(start, "did", subject, asked.verb.base))


def subject_question(draw: Draw) -> Pair:
    """Make e.g. «who *he carried the lamp? Who *the lamp carried?»."""
    asked, where = _asked(draw), place(draw, 0.2)
    past = say(asked.verb.past, asked.answer, where)
    doubled = say("who", draw.one_of("he", "she", "they"), past)
    return Pair(say("who", past), draw.one_of(doubled, say("who", asked.answer, where, asked.verb.past)), "?")


def _event(draw: Draw) -> tuple[str, Predicate, Asked]:
    """Draw somebody doing something to something: the doer, the deed, how to ask for the object."""
    asked = _asked(draw)
    return people(draw).text, Predicate(asked.verb, asked.answer), asked


def out_of_clause(draw: Draw) -> Pair:
    """Make e.g. «what did the boy think that the girl carried? *What did the boy laugh after the girl carried?»."""
    doer, _, asked = _event(draw)
    start, end = say(asked.what, "did", someone(draw).text), say(doer, asked.verb.past)
    good = say(start, draw.word(lex.BRIDGES), "that", end)
    link = draw.one_of("because", "after", "before", "when")
    adjunct = say(start, draw.word(lex.INTRANSITIVE).base, link, end)
    rumor = say(start, draw.one_of("believe", "hear", "spread"), draw.one_of("the rumor", "the story"), "that", end)
    return Pair(good, draw.one_of(adjunct, rumor), "?")


def out_of_adjunct(draw: Draw) -> Pair:
    """Make e.g. «*What did the boy laugh because the girl carried?»."""
    doer, event, asked = _event(draw)
    reason = say(draw.one_of("because", "after", "before", "when"), doer)
    main, leaver = draw.word(lex.INTRANSITIVE), someone(draw).text
    good = draw.one_of(say("did", leaver, main.base), say("who", main.past))
    bad = say(asked.what, "did", leaver, main.base, reason, event.verb.past)
    return Pair(say(good, reason, event.form("past")), bad, "?")


def out_of_relative(draw: Draw) -> Pair:
    """Make e.g. «*What did the boy greet the girl who carried?»."""
    doer, event, asked = _event(draw)
    main, greeter = draw.word(lex.PEOPLE_VERBS), someone(draw).text
    good = draw.one_of(say("did", greeter, main.base), say("who", main.past))
    bad = say(asked.what, "did", greeter, main.base, doer, "who", event.verb.past)
    return Pair(say(good, doer, "who", event.form("past")), bad, "?")


def out_of_subject(draw: Draw) -> Pair:
    """Make e.g. «*What did the girl who carried greet the boy?»."""
    doer, event, asked = _event(draw)
    main = Predicate(draw.word(lex.PEOPLE_VERBS), someone(draw).text).form("base")
    good = say("did", doer, "who", event.form("past"), main)
    return Pair(good, say(asked.what, "did", doer, "who", event.verb.past, main), "?")


def out_of_coordination(draw: Draw) -> Pair:
    """Make e.g. «*What did the girl carry the lamp and?»."""
    doer, event, asked = _event(draw)
    if draw.chance():
        other = draw.word(lex.INTRANSITIVE)
        good = draw.one_of(
            say("did", doer, event.form("base"), "and", other.base),
            say("who", event.form("past"), "and", other.past),
        )
        return Pair(good, say(asked.what, "did", doer, other.base, "and", event.form("base")), "?")
    second = someone(draw).text if asked.what == "who" else thing(draw).text
    good = draw.one_of(say("did", doer, event.form("base")), say("who", event.form("past")))
    return Pair(say(good, "and", second), say(asked.what, "did", doer, event.form("base"), "and"), "?")


def out_of_noun_phrase(draw: Draw) -> Pair:
    """Make e.g. «*Which did the girl carry lamp?»."""
    noun, verb, doer = draw.word(lex.THINGS), draw.word(lex.THING_VERBS), someone(draw).text
    word, where = draw.one_of("which", "whose"), place(draw, 0.2)
    core = say(draw.word(lex.THING_ADJECTIVES) if draw.chance(0.4) else "", noun.form(draw.chance()))
    return Pair(say(word, core, "did", doer, verb.base, where), say(word, "did", doer, verb.base, core, where), "?")


def out_of_question(draw: Draw) -> Pair:
    """Make e.g. «*What did the boy wonder who carried?»."""
    _, event, asked = _event(draw)
    wonders = someone(draw).text
    good = draw.one_of(say("did", wonders, "wonder"), "who wondered")
    inner = draw.one_of("who", "why " + people(draw).text)
    bad = say(asked.what, "did", wonders, "wonder", inner, event.verb.past)
    return Pair(say(good, inner, event.form("past")), bad, "?")
