"""The phenomenon of polarity: "any" and "ever" want a negation, a question or a doubt above them."""

from __future__ import annotations

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.phrases import have, people, place, predicate, say, someone, transitive

POSITIVE = ("some", "every", "this", "the")


def _subject(draw: Draw) -> str:
    """Return a noun that still wants a determiner, sometimes with an adjective."""
    return say(draw.word(lex.PEOPLE_ADJECTIVES) if draw.chance(0.3) else "", draw.word(lex.PEOPLE).singular)


def _things(draw: Draw) -> str:
    """Return several things without determiner."""
    return say(draw.word(lex.THING_ADJECTIVES) if draw.chance(0.3) else "", draw.word(lex.THINGS).plural)


def ever(draw: Draw) -> Pair:
    """Make e.g. no girl has ever laughed; *some girl has ever laughed."""
    rest = say(_subject(draw), "has ever", predicate(draw).form("participle"))
    return Pair(say("no", rest), say(draw.one_of(*POSITIVE), rest))


def ever_positive(draw: Draw) -> Pair:
    """Make e.g. the girl has often laughed; the girl has *ever laughed."""
    subject, what = someone(draw), predicate(draw).form("participle")
    start = say(subject.text, have(subject.plural))
    return Pair(say(start, draw.one_of("often", "always", "already", "never"), what), say(start, "ever", what))


def ever_below(draw: Draw) -> Pair:
    """Make e.g. no girl who greeted the boy has ever laughed; *the girl who greeted no boy has ever laughed."""
    outer, inner, verb = _subject(draw), _subject(draw), draw.word(lex.PEOPLE_VERBS).past
    rest = say("has ever", predicate(draw).form("participle"))
    the = draw.one_of("the", "some", "this")
    links = draw.one_of((say("who", verb), ""), ("who", verb))
    good, bad = (say(one, outer, links[0], other, inner, links[1], rest) for one, other in (("no", the), (the, "no")))
    return Pair(good, bad)


def any_object(draw: Draw) -> Pair:
    """Make e.g. the girl did not carry any lamps; the girl carried *any lamps."""
    subject, verb, what, where = someone(draw).text, draw.word(lex.THING_VERBS), _things(draw), place(draw)
    rest = say("any", what, where)
    if draw.chance():
        person = _subject(draw)
        return Pair(say("no", person, verb.past, rest), say(draw.one_of(*POSITIVE), person, verb.past, rest))
    never = draw.one_of(say("did not", verb.base), say("never", verb.past))
    return Pair(say(subject, never, rest), say(subject, draw.one_of("", "often", "always"), verb.past, rest))


def any_positive(draw: Draw) -> Pair:
    """Make e.g. the girl carried some lamps; the girl carried *any lamps."""
    start, what, where = say(someone(draw).text, draw.word(lex.THING_VERBS).past), _things(draw), place(draw)
    return Pair(say(start, draw.one_of("some", "no", "many", "these"), what, where), say(start, "any", what, where))


def any_below(draw: Draw) -> Pair:
    """Make e.g. the girl who laughed did not carry any lamps; *the girl who did not laugh carried any lamps."""
    subject, what = people(draw).text, draw.word(lex.INTRANSITIVE)
    verb, rest = draw.word(lex.THING_VERBS), say("any", _things(draw), place(draw))
    good = say(subject, "who", what.past, "did not", verb.base, rest)
    return Pair(good, say(subject, "who did not", what.base, verb.past, rest))


def any_subject(draw: Draw) -> Pair:
    """Make e.g. *Any girl did not greet the boys; *any lamps were not carried by the girl."""
    person, what = draw.word(lex.PEOPLE).singular, transitive(draw)
    good = draw.one_of(say("no", person, what.form("past")), say("the", person, "did not", what.form("base")))
    return Pair(good, say("any", person, "did not", what.form("base")))


def doubt(draw: Draw) -> Pair:
    """Make e.g. the boy doubted that the girl had ever laughed; *the boy knew that the girl had ever laughed."""
    speaker, subject, what = someone(draw).text, someone(draw).text, predicate(draw)
    if draw.chance():
        rest = say("that", subject, "had ever", what.form("participle"))
    else:
        rest = say("that", subject, draw.word(lex.THING_VERBS).past, "any", _things(draw))
    start = draw.one_of("doubted", "denied")
    return Pair(say(speaker, start, rest), say(speaker, draw.one_of("knew", "remembered", "hoped"), rest))


def licensed_by_question(draw: Draw) -> Pair:
    """Make e.g. the boy asked whether the girl had ever laughed; *the boy said that the girl had ever laughed."""
    speaker, subject, what = someone(draw).text, someone(draw).text, predicate(draw)
    rest = say(subject, "had ever", what.form("participle"))
    return Pair(say(speaker, "asked whether", rest), say(speaker, draw.one_of("said", "thought"), "that", rest))
