"""The words of the demo grammar, class by class; the second list of each is kept out of training.

Classes are small and strict, so that whatever a template combines makes sense: anybody can greet anybody,
anything can be carried. Left out on purpose are words that would make a broken sentence acceptable, such as
verbs whose past is another verb's base (found, saw), whose past is their own base (put, read), and verbs that
take an object or leave it at will (visit, help).
"""

from __future__ import annotations

from ftcli.tasks.demo.words import Noun, Words, names, nouns, plain, verbs

MEN = nouns("boy man/men waiter uncle brother father monk", "nephew prince grandfather", "m")
WOMEN = nouns("girl woman/women waitress aunt sister mother nun", "niece princess grandmother", "f")
WORKERS = nouns(
    "student teacher doctor lawyer nurse painter farmer neighbor baker child/children singer pilot driver judge",
    "scientist tailor dentist plumber tourist poet",
)
GENDERED = MEN + WOMEN
PEOPLE = GENDERED + WORKERS
MEN_NAMES = names("John Peter David Thomas Paul James", "Oscar Victor Felix", "m")
WOMEN_NAMES = names("Mary Susan Anna Laura Helen Julia", "Clara Nina Ruth", "f")
NAMES = MEN_NAMES + WOMEN_NAMES
THINGS = nouns(
    "book letter lamp chair bag box clock mirror picture guitar hat coat key bottle basket map",
    "vase candle umbrella notebook violin pillow",
)
SURFACES = nouns("table shelf/shelves desk bed sofa bench", "counter carpet")
PLACES = Words(
    ("in the garden", "at the station", "in the kitchen", "at the market", "near the river", "in the park"),
    ("in the library", "at the airport", "near the bridge"),
)

PEOPLE_ADJECTIVES = plain(
    "young tall clever famous friendly polite quiet nervous rich kind", "lonely generous cheerful shy"
)
THING_ADJECTIVES = plain("old new heavy expensive small beautiful red ugly", "dusty fragile cheap")
ADVERBS = plain("often rarely secretly happily quickly", "frequently gladly")

# Somebody does it to somebody, and the object can't be left out.
PEOPLE_VERBS = verbs("praise greet admire thank invite blame rescue", "congratulate insult comfort flatter")
SELF_VERBS = verbs("praise admire blame", "congratulate")  # what one does to oneself without raising eyebrows
# Somebody does it to a thing.
THING_VERBS = verbs(
    "buy/bought/bought/buying sell/sold/sold/selling steal/stole/stolen/stealing hide/hid/hidden/hiding "
    "carry borrow drop/dropped/dropped/dropping",
    "repair purchase examine throw/threw/thrown/throwing",
)
STRICT_THING_VERBS = verbs("carry discover", "obtain")  # those that can't do without their object
# Never an object.
INTRANSITIVE = verbs("arrive laugh smile sneeze yawn sleep/slept/slept/sleeping tremble", "sigh shiver giggle")
ACTIVITIES = verbs("dance sing/sang/sung/singing study work pray", "jog/jogged/jogged/jogging exercise")
# An object with its own preposition, and no other way.
PREP_VERBS = verbs("rely+on wait+for listen+to look+at depend+on apologize+to", "complain+about shout+at")
# A thing to somebody; the first kind can also say it somebody a thing.
GIVING = verbs("hand bring/brought/brought/bringing show/showed/shown/showing", "mail")
TELLING = verbs("describe mention reveal donate", "surrender display")

# What follows these: to + verb; somebody to + verb; somebody + verb; -ing; that + clause.
DECIDE = verbs("decide refuse hope agree hesitate", "pretend consent")
PERSUADE = verbs("persuade force encourage allow order", "convince urge")
MAKE = verbs("make/made/made/making let/let/let/letting", "")
ENJOY = verbs("enjoy avoid deny/denied/denied/denying keep/kept/kept/keeping", "postpone resume")
SAY = verbs("say/said/said/saying think/thought/thought/thinking hope reply", "insist boast")
BRIDGES = plain("think say believe", "assume")  # what one can ask out of
NOT_SAY = verbs("praise greet thank invite blame", "congratulate flatter")  # somebody, never a clause

_CLASSES = (
    (PEOPLE, NAMES, THINGS, SURFACES),
    (PEOPLE_VERBS, SELF_VERBS, THING_VERBS, STRICT_THING_VERBS, INTRANSITIVE, ACTIVITIES, PREP_VERBS),
    (GIVING, TELLING, DECIDE, PERSUADE, MAKE, ENJOY, SAY, NOT_SAY),
    (PEOPLE_ADJECTIVES, THING_ADJECTIVES, ADVERBS, PLACES, BRIDGES),
)


def held_out_forms() -> frozenset[str]:
    """Every form of every word that must not turn up in training, in lower case."""
    noun_classes, doing, taking, plain_classes = _CLASSES
    inflected: list[Noun] = [noun for words in noun_classes for noun in words.held_out]
    forms = [form for noun in inflected for form in noun.forms()]
    forms += [form for words in doing + taking for verb in words.held_out for form in verb.forms()]
    forms += [text.split()[-1] for words in plain_classes for text in words.held_out]
    return frozenset(form.lower() for form in forms)
