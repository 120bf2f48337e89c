from __future__ import annotations

import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ftcli.checks.normal import normal, normal_pair

SPACES = st.text(" \t\n\r\u00a0\u2003", min_size=1, max_size=3)


@given(st.text())
def test_to_normalise_twice_changes_nothing(text):
    assert normal(normal(text)) == normal(text)


@given(st.text())
def test_forms_of_unicode_make_no_difference(text):
    assert normal(unicodedata.normalize("NFC", text)) == normal(unicodedata.normalize("NFD", text)) == normal(text)


@given(st.lists(st.text(string.ascii_letters + "éßİ", min_size=1)), st.data())
def test_white_space_makes_no_difference(words, data):
    assert normal(data.draw(SPACES).join(["", *words, ""])) == normal(" ".join(words))


@given(st.text(string.ascii_letters + string.digits + "éäß "))
def test_case_makes_no_difference(text):
    assert normal(text.upper()) == normal(text.lower())


@given(st.text(string.ascii_lowercase + " "), st.text(string.ascii_lowercase + " "))
def test_what_differs_otherwise_stays_different(one, other):
    assert (normal(one) == normal(other)) == (one.split() == other.split())


@given(*[st.text("ab \n")] * 4)
def test_pairs_are_the_same_only_where_both_texts_are(a, b, c, d):
    same = (normal(a), normal(b)) == (normal(c), normal(d))
    assert (normal_pair(a, b) == normal_pair(c, d)) == same
