from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from ftcli.tasks.texts import Texts

TEXTS = st.lists(st.text(st.characters()))  # with halves of surrogate pairs, too


@given(TEXTS, st.slices(8), st.data())
def test_they_are_what_a_list_of_them_is(texts, piece, data):
    found = Texts(texts)
    assert found == texts
    assert list(found) == texts
    assert len(found) == len(texts)
    assert found[piece] == texts[piece]
    assert pickle.loads(pickle.dumps(found)) == texts
    if texts:
        rows = data.draw(st.lists(st.integers(-len(texts), len(texts) - 1)))
        assert found.take(rows) == [texts[row] for row in rows]
        assert found[-1] == texts[-1]


def test_another_text_makes_them_differ():
    assert Texts(["one", "two"]) != ["one", "too"]
    assert Texts(["one", "two"]) != ["onet", "wo"]
    assert Texts(["a", "b"]) != "ab"


def test_they_take_little_more_than_their_letters():
    assert Texts(["four"] * 1000).nbytes == 1000 * (4 + 8) + 8
