from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.errors import DataError
from ftcli.tasks.reading.table import Table
from ftcli.tasks.roles import Roles, guess_roles, looks_like_numbers

TEXTS = ["the phone is fine", "a very poor screen", "it is not what I wanted", "all good with this one"] * 3
CLASSES = ["good", "bad", "bad", "good"] * 3


def table(**columns: list[str]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(
        Path("a.csv"), {name.replace("__", " "): values for name, values in columns.items()}, list(range(rows))
    )


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (["text", "label"], Roles("text", None, "label")),
        (["Text", "LABEL "], Roles("text", None, "label")),
        (["id", "Sentence", "target"], Roles("Sentence", None, "target")),
        (["review_text", "Sentiment"], Roles("review_text", None, "Sentiment")),
        (["sentence1", "sentence2", "score"], Roles("sentence1", "sentence2", "score")),
        (["sentence_1", "Sentence 2", "label"], Roles("sentence_1", "Sentence 2", "label")),
        (["premise", "hypothesis", "gold_label"], Roles("premise", "hypothesis", "gold_label")),
        (["question1", "question2", "is_duplicate"], Roles("question1", "question2", "is_duplicate")),
        (["index", "question", "sentence", "label"], Roles("question", "sentence", "label")),
        (["text", "comment", "label", "label_text"], Roles("text", None, "label")),
        (["tweet", "class", "y"], Roles("tweet", None, "class")),
        (["text", "text_pair", "label"], Roles("text", "text_pair", "label")),
        (["premise", "label"], Roles("premise", None, "label")),
    ],
)
def test_names_tell(names: list[str], roles: Roles) -> None:
    assert guess_roles(table(**{name: ["x", "y z"] for name in names})) == roles


def test_content_tells_where_names_do_not() -> None:
    found = guess_roles(table(nr=[str(number) for number in range(12)], was=TEXTS, wie=CLASSES))
    assert found == Roles("was", None, "wie")
    assert guess_roles(table(klass=CLASSES, title=TEXTS, description=TEXTS)) == Roles("description", None, "klass")
    assert guess_roles(table(was=TEXTS, wert=[f"{number / 7:.3f}" for number in range(12)])).label == "wert"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"one": TEXTS, "two": TEXTS, "label": CLASSES}, "no column 'text', and 'one', 'two' may each hold it"),
        ({"text": TEXTS, "one": CLASSES, "two": CLASSES}, "no column 'label', and 'one', 'two' may each hold it"),
        ({"text": TEXTS, "id": CLASSES}, "no column 'label', and none that is sure to hold it"),
        ({"text": TEXTS, "more": TEXTS[:4] + ["x"] * 8}, "no column 'label', and none"),
        ({"Label": CLASSES, "LABEL": CLASSES, "text": TEXTS}, "'Label', 'LABEL' may each hold it"),
    ],
)
def test_what_is_not_sure_is_asked(columns: dict[str, list[str]], told: str) -> None:
    if "more" in columns:
        columns["more"] = [str(number) + "x" for number in range(12)]
    with pytest.raises(DataError) as caught:
        guess_roles(table(**columns))
    assert told in caught.value.message
    assert "-column" in str(caught.value.hint)


def test_a_column_for_each_label_is_told_how_to_be_one() -> None:
    flags = ["0", "1"] * 6
    with pytest.raises(DataError) as caught:
        guess_roles(table(text=TEXTS, toxic=flags, insult=flags[::-1]))
    assert "'toxic', 'insult' may each hold it" in caught.value.message
    assert "--label-separator" in str(caught.value.hint)


def test_what_is_given_stays() -> None:
    columns = table(sentence1=TEXTS, sentence2=TEXTS, label=CLASSES, mark=CLASSES)
    assert guess_roles(columns, text="sentence2") == Roles("sentence2", None, "label")
    assert guess_roles(columns, label="mark") == Roles("sentence1", "sentence2", "mark")
    assert guess_roles(columns, pair="sentence1", text="mark") == Roles("mark", "sentence1", "label")
    assert guess_roles(columns, text="absent", label="gone") == Roles("absent", None, "gone")


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        ([str(number) for number in range(5)] * 10, False),
        (["1.0", "2.0", "3.0"] * 10, False),
        (["0.5", "1", "1.5"] * 10, False),
        ([f"{number / 5}" for number in range(26)], True),
        (["3,5", "4,25", "1,0"], True),
        (["0.5", "1e1", "-3"], True),
        ([str(number) for number in range(77)] * 5, False),
        ([str(number * 3) for number in range(50)], True),
        (["1.5", "2.5", "x"] * 10, False),
        (["nan", "1.5"], False),
        (["9" * 5000, "1.5"], False),
        (["", " "], False),
    ],
)
def test_numbers_to_predict_are_many_and_have_decimals(labels: list[str], numbers: bool) -> None:
    assert looks_like_numbers(labels) == numbers


@given(st.lists(st.text(max_size=5), max_size=30))
def test_any_labels_are_one_or_the_other(labels: list[str]) -> None:
    assert looks_like_numbers(labels) in (True, False)


@given(
    st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=6), min_size=2, max_size=2), min_size=1, max_size=4)
)
def test_any_columns_have_roles_or_an_error_that_says_what_to_do(columns: dict[str, list[str]]) -> None:
    outcome: Roles | DataError
    try:
        outcome = guess_roles(Table(Path("a.csv"), columns, [2, 3]))
    except DataError as error:
        outcome = error
    if isinstance(outcome, DataError):
        assert "-column" in str(outcome.hint)
    else:
        assert len({outcome.text, outcome.pair, outcome.label}) == 3
