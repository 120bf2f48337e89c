"""Phrases that the phenomena are put together from, all of them well formed."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.tasks.demo import lexicon as lex
from ftcli.tasks.demo.draw import Draw, Pair
from ftcli.tasks.demo.words import Gender, Noun, Verb, Words

SINGULAR_DETERMINERS = ("the", "the", "the", "the", "a", "a", "my", "our", "his", "her")
PLURAL_DETERMINERS = ("the", "the", "the", "the", "two", "three", "those", "my", "our", "their")


@dataclass(frozen=True)
class Phrase:
    """A noun phrase: its text and what agrees with it."""

    text: str
    plural: bool = False
    gender: Gender = ""


@dataclass(frozen=True)
class Predicate:
    """A verb with what follows it."""

    verb: Verb
    rest: str = ""

    def form(self, name: str) -> str:
        """Return the predicate with its verb in the form of that name (a field of Verb)."""
        return say(getattr(self.verb, name), self.rest)

    def present(self, plural: bool) -> str:
        """Return the predicate in the present tense."""
        return self.form("base" if plural else "third")


def say(*parts: str) -> str:
    """Join what is not empty with blanks."""
    return " ".join(part for part in parts if part)


def article(following: str) -> str:
    """Return the indefinite article for the word that follows."""
    return "an" if following[0] in "aeiou" else "a"


def noun_phrase(
    draw: Draw,
    nouns: Words[Noun],
    plural: bool | None = None,
    adjectives: Words[str] | None = None,
    often: float = 0.2,
) -> Phrase:
    """Return a noun with a determiner, that often with an adjective."""
    plural = draw.chance() if plural is None else plural
    noun = draw.word(nouns)
    adjective = draw.word(adjectives) if adjectives and draw.chance(often) else ""
    core = say(adjective, noun.form(plural))
    determiner = draw.one_of(*(PLURAL_DETERMINERS if plural else SINGULAR_DETERMINERS))
    return Phrase(say(article(core) if determiner == "a" else determiner, core), plural, noun.gender)


def people(draw: Draw, plural: bool | None = None) -> Phrase:
    """Return a person or several, not by name."""
    return noun_phrase(draw, lex.PEOPLE, plural, lex.PEOPLE_ADJECTIVES)


def someone(draw: Draw, plural: bool | None = None) -> Phrase:
    """Return a person or several, sometimes a proper name."""
    plural = draw.chance(0.4) if plural is None else plural
    if not plural and draw.chance(0.35):
        name = draw.word(lex.NAMES)
        return Phrase(name.singular, False, name.gender)
    return people(draw, plural)


def thing(draw: Draw, plural: bool | None = None) -> Phrase:
    """Return a thing or several."""
    return noun_phrase(draw, lex.THINGS, plural, lex.THING_ADJECTIVES)


def place(draw: Draw, often: float = 0.3) -> str:
    """Return a prepositional phrase of place, that often; else nothing."""
    return draw.word(lex.PLACES) if draw.chance(often) else ""


def transitive(draw: Draw) -> Predicate:
    """Return a verb with its object."""
    if draw.chance():
        return Predicate(draw.word(lex.PEOPLE_VERBS), someone(draw).text)
    return Predicate(draw.word(lex.THING_VERBS), thing(draw).text)


def predicate(draw: Draw) -> Predicate:
    """Return something that people do."""
    if draw.chance(0.6):
        return transitive(draw)
    return Predicate(draw.word(draw.one_of(lex.INTRANSITIVE, lex.ACTIVITIES)), place(draw, 0.5))


def deed(draw: Draw) -> Predicate:
    """Return something that people do on purpose."""
    return transitive(draw) if draw.chance(0.6) else Predicate(draw.word(lex.ACTIVITIES), place(draw, 0.5))


def be(plural: bool, past: bool = False) -> str:
    """Return the form of be for a third person."""
    if past:
        return "were" if plural else "was"
    return "are" if plural else "is"


def have(plural: bool) -> str:
    """Return the form of have for a third person."""
    return "have" if plural else "has"


def tensed(draw: Draw, plural: bool, what: Predicate) -> str:
    """Return the predicate in some tense, agreeing with a subject of that number."""
    return draw.one_of(
        what.form("past"),
        what.form("past"),
        what.present(plural),
        say(draw.one_of("will", "can", "must"), what.form("base")),
        say(have(plural), what.form("participle")),
        say(be(plural, draw.chance()), what.form("ing")),
    )


def finished(draw: Draw, plural: bool, what: Predicate) -> str:
    """Return the predicate in a tense that tells of one finished event."""
    return draw.one_of(what.form("past"), say(have(plural), what.form("participle")))


def framed(draw: Draw, pair: Pair) -> Pair:
    """Put both halves of a pair into the same surroundings, which change neither's acceptability."""
    before, after = "", ""
    if pair.end == "?":
        before = draw.one_of("", "", "", "by the way, ", "tell me, ")
    else:
        kind = draw.one_of(*["plain"] * 7, "adverb", "reported", "contrast")
        if kind == "adverb":
            before = draw.one_of("apparently", "fortunately", "of course", "in fact", "luckily") + ", "
        elif kind == "reported":
            speaker, verb = someone(draw), draw.one_of("say", "claim", "think", "believe")
            before = say(speaker.text, verb if speaker.plural else verb + "s", "that ")
        elif kind == "contrast":
            after = say(", but", draw.word(lex.NAMES).singular, draw.word(lex.INTRANSITIVE).past)
    return Pair(before + pair.good + after, before + pair.bad + after, pair.end)
