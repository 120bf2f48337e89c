"""What a word of the demo grammar is, and how a list of words is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Gender = Literal["m", "f", ""]
W = TypeVar("W")


@dataclass(frozen=True)
class Noun:
    """A noun with its two numbers; a proper name has no plural."""

    singular: str
    plural: str = ""
    gender: Gender = ""

    def form(self, plural: bool) -> str:
        """Return the noun in one of its numbers."""
        return self.plural if plural else self.singular

    def forms(self) -> list[str]:
        """Every text the noun can appear as."""
        return [form for form in (self.singular, self.plural) if form]


@dataclass(frozen=True)
class Verb:
    """A verb with its five forms, and the preposition that it asks for, if any."""

    base: str
    third: str
    past: str
    participle: str
    ing: str
    prep: str = ""

    def forms(self) -> list[str]:
        """Every text the verb can appear as."""
        return [self.base, self.third, self.past, self.participle, self.ing]


@dataclass(frozen=True)
class Words(Generic[W]):
    """Words of one class: those that training may show, and those kept for dev and test."""

    seen: tuple[W, ...]
    held_out: tuple[W, ...] = ()

    def __add__(self, other: Words[W]) -> Words[W]:
        return Words(self.seen + other.seen, self.held_out + other.held_out)


def _with_s(word: str) -> str:
    """Add the -s of plurals and of the third person."""
    if word.endswith(("s", "sh", "ch", "x", "z")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _regular(base: str) -> tuple[str, str, str]:
    """Past, participle and -ing form of a regular verb that does not double its last letter."""
    if base.endswith("e"):
        return base + "d", base + "d", base[:-1] + "ing"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied", base[:-1] + "ied", base + "ing"
    return base + "ed", base + "ed", base + "ing"


def _verb(spec: str) -> Verb:
    """Read ``praise``, ``steal/stole/stolen/stealing`` or ``rely+on``."""
    forms, _, prep = spec.partition("+")
    base, *irregular = forms.split("/")
    past, participle, ing = irregular or _regular(base)
    return Verb(base, _with_s(base), past, participle, ing, prep)


def _lists(read: Callable[[str], W], seen: str, held_out: str) -> Words[W]:
    """Read two blank-separated lists of words."""
    return Words(tuple(read(spec) for spec in seen.split()), tuple(read(spec) for spec in held_out.split()))


def verbs(seen: str, held_out: str = "") -> Words[Verb]:
    """Read verbs: ``base`` alone when regular, else ``base/past/participle/ing``; ``+prep`` may follow."""
    return _lists(_verb, seen, held_out)


def nouns(seen: str, held_out: str = "", gender: Gender = "") -> Words[Noun]:
    """Read nouns: ``singular`` alone when regular, else ``singular/plural``."""

    def read(spec: str) -> Noun:
        singular, _, plural = spec.partition("/")
        return Noun(singular, plural or _with_s(singular), gender)

    return _lists(read, seen, held_out)


def names(seen: str, held_out: str, gender: Gender) -> Words[Noun]:
    """Read proper names, which have no plural."""
    return _lists(lambda spec: Noun(spec, gender=gender), seen, held_out)


def plain(seen: str, held_out: str = "") -> Words[str]:
    """Read words that have one form only."""
    return _lists(str, seen, held_out)
