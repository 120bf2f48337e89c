from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.errors import DataError
from ftcli.tasks.header import first_line_is_row, refuse_rows
from ftcli.tasks.reading.table import Table
from ftcli.tasks.roles import Roles

TEXTS = ["the phone is fine", "a very poor screen", "it is not what I wanted", "all good with this one"] * 3
CLASSES = ["good", "bad", "bad", "good"] * 3
NUMBERS = [f"{number / 7:.3f}" for number in range(12)]
SOURCES = ["gj04", "cj99", "gj04", "bc01"] * 3
SENTENCE = "I had hoped for more than this one"


def table(names: list[str], *columns: list[str]) -> Table:
    return Table(Path("a.csv"), dict(zip(names, columns, strict=True)), list(range(2, 2 + len(columns[0]))))


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["fine phone", "good"], (TEXTS, CLASSES)),
        ([SENTENCE, "good"], (TEXTS, CLASSES)),
        ([SENTENCE, "3.5"], (TEXTS, NUMBERS)),
        (["fine phone", "1"], (TEXTS, NUMBERS)),
        (["gj04", "1", "", SENTENCE], (SOURCES, ["1", "0"] * 6, ["", "*"] * 6, TEXTS)),
        (["question", SENTENCE], (["question", "answer"] * 6, TEXTS)),
    ],
)
def test_a_first_line_that_is_a_row(names: list[str], columns: tuple[list[str], ...]) -> None:
    assert first_line_is_row(table(names, *columns), [])


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["text", "label"], (TEXTS, CLASSES)),
        (["text", "label"], ([*TEXTS[1:], "text"], [*CLASSES[1:], "label"])),
        (["was", "wie"], (TEXTS, CLASSES)),
        (["was", "wert"], (TEXTS, NUMBERS)),
        (["text", "bad"], (TEXTS, CLASSES)),
        (["0", "1"], (TEXTS, ["1", "0"] * 6)),
        (["1", "2"], (TEXTS, ["1", "2"] * 6)),
        (["What did you like best about the phone?", "Verdict"], (TEXTS, CLASSES)),
        (["", "one"], (TEXTS, TEXTS)),
        (["one", "two"], ([""] * 12, TEXTS)),
    ],
)
def test_a_first_line_that_may_name_columns(names: list[str], columns: tuple[list[str], ...]) -> None:
    assert not first_line_is_row(table(names, *columns), [])


def test_what_is_asked_for_decides() -> None:
    rows = table(["fine phone", "good"], TEXTS, CLASSES)
    assert first_line_is_row(rows, ["1", "2"])
    assert not first_line_is_row(rows, ["good"])
    assert not first_line_is_row(rows, ["label"])
    assert not first_line_is_row(table(["a", "2"], TEXTS, CLASSES), ["2"])


@pytest.mark.parametrize("names", [["the phone is fine", "good"], [SENTENCE, "rare"], ["text", "bad"]])
def test_a_row_in_the_place_of_the_header_is_not_lost(names: list[str]) -> None:
    rows, roles = table(names, TEXTS, CLASSES), Roles(names[0], None, names[1])
    with pytest.raises(DataError, match="the first line seems to be a row") as caught:
        refuse_rows(rows, roles, told=False)
    assert caught.value.hint == "If it is a row: --no-header. If it names the columns: --header."
    refuse_rows(rows, roles, told=True)


def test_a_class_may_be_called_as_its_column() -> None:
    rows = table(["text", "label"], TEXTS, [*CLASSES[1:], "label"])
    refuse_rows(rows, Roles("text", None, "label"), told=False)
    again = table(["text", "label"], [*TEXTS[1:], "text"], [*CLASSES[1:], "label"])
    with pytest.raises(DataError, match=r"a\.csv:13: the header again"):
        refuse_rows(again, Roles("text", None, "label"), told=True)


@given(st.dictionaries(st.text(max_size=6), st.lists(st.text(max_size=6), min_size=2, max_size=2), min_size=1))
def test_any_table_has_one_or_the_other(columns: dict[str, list[str]]) -> None:
    assert first_line_is_row(Table(Path("a.csv"), columns, [2, 3]), []) in (True, False)
