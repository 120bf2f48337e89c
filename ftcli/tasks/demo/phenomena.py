"""The phenomena of the demo task, each with its variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ftcli.tasks.demo import agreement, order, polarity, pronouns, questions, verb_phrases
from ftcli.tasks.demo.draw import Draw, Pair

Variant = Callable[[Draw], Pair]

HELD_OUT = "aux"  # the phenomenon that training never shows

PHENOMENA: Mapping[str, tuple[Variant, ...]] = {
    "agr-sv": (
        agreement.verb_plain,
        agreement.verb_plain,
        agreement.verb_plain,
        agreement.verb_attractor,
        agreement.verb_relative,
        agreement.verb_of_things,
        order.joint_agreement,
    ),
    "agr-det": (agreement.determiner, agreement.determiner, agreement.partitive),
    "case": (pronouns.case_subject, pronouns.case_object, pronouns.case_possessor),
    "refl": (
        pronouns.reflexive_plain,
        pronouns.reflexive_attractor,
        pronouns.reflexive_local,
        pronouns.reflexive_subject,
    ),
    "arg": (
        verb_phrases.object_missing,
        verb_phrases.object_extra,
        verb_phrases.giving,
        verb_phrases.telling,
        verb_phrases.putting,
        verb_phrases.preposition_missing,
        verb_phrases.preposition_extra,
    ),
    "comp": (
        verb_phrases.control_object,
        verb_phrases.bare_verb,
        verb_phrases.gerund,
        verb_phrases.infinitive_form,
        verb_phrases.clause_complement,
    ),
    "aux": (
        verb_phrases.after_modal,
        verb_phrases.after_have,
        verb_phrases.after_be,
        verb_phrases.after_do,
        verb_phrases.passive,
    ),
    "order": (
        order.adjective_place,
        order.degree_place,
        order.adverb_place,
        order.object_place,
        order.auxiliary_place,
        order.preposition_place,
        order.determiner_place,
    ),
    "coord": (
        order.correlative,
        order.unlike_adjective,
        order.unlike_object,
        order.unlike_verb,
        order.conjunction_place,
    ),
    "wh": (
        questions.object_question,
        questions.auxiliary_question,
        questions.yes_no_question,
        questions.reason_question,
        questions.embedded_question,
        questions.subject_question,
    ),
    "island": (
        questions.out_of_clause,
        questions.out_of_adjunct,
        questions.out_of_relative,
        questions.out_of_subject,
        questions.out_of_coordination,
        questions.out_of_noun_phrase,
        questions.out_of_question,
    ),
    "npi": (
        polarity.ever,
        polarity.ever_positive,
        polarity.ever_below,
        polarity.any_object,
        polarity.any_positive,
        polarity.any_below,
        polarity.any_subject,
        polarity.doubt,
        polarity.licensed_by_question,
    ),
}
