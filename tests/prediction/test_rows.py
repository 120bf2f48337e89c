"""Texts read from a stream, row by row."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.errors import DataError
from ftcli.prediction.ids import Ids
from ftcli.prediction.lines import Decoder
from ftcli.prediction.rows import Row, RowReader, in_chunks

PATH = Path("new")
WRITABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1).filter(str.strip)
LINES = WRITABLE.filter(lambda text: "\n" not in text)


def read(data: bytes, columns=("text",), **form):
    return list(RowReader(Decoder(PATH), columns, **form).read(io.BytesIO(data)))


def texts(rows):
    return [tuple(row.texts) for row in rows]


@given(st.lists(LINES))
def test_a_line_is_a_text(lines):
    data = "".join(line + "\n" for line in lines).removeprefix("\ufeff")
    rows = read(data.encode(), format="txt")
    assert texts(rows) == [(line,) for line in data.split("\n")[:-1]]
    assert [row.line for row in rows] == list(range(1, len(lines) + 1))


@given(st.lists(st.tuples(WRITABLE, WRITABLE)))
def test_columns_come_as_the_csv_module_writes_them(pairs):
    file = io.StringIO()
    csv.writer(file).writerows([["id", "b", "text"], *(("x", b, a) for a, b in pairs)])
    assert texts(read(file.getvalue().encode(), ("text", "b"), format="csv", quoted=True)) == pairs


@given(st.lists(WRITABLE))
def test_objects_come_as_the_json_module_writes_them(given_texts):
    data = "".join(json.dumps({"n": 1, "text": text}) + "\n" for text in given_texts)
    assert texts(read(data.encode(), format="jsonl")) == [(text,) for text in given_texts]


@given(st.binary(), st.sampled_from(["txt", "tsv", "csv", "jsonl"]), st.booleans(), st.booleans())
def test_any_bytes_are_rows_or_one_error_that_names_the_line(data, form, header, quoted):
    try:
        rows = read(data, format=form, header=header, quoted=quoted and form in ("tsv", "csv"))
    except DataError as error:
        rows = []
        told = error.message
    else:
        told = "new:"
    assert told.startswith("new:")
    assert [row.id for row in rows] == [str(number) for number in range(len(rows))]
    assert not rows or form != "txt" or rows[-1].is_whole


@pytest.mark.parametrize(
    ("form", "data", "message"),
    [
        ("txt", b"a\nb\xff\n", "new:2: byte 0xff is not UTF-8"),
        ("txt", b"a\n\0\n", "new:2: a NUL byte"),
        ("txt", b"\xff\xfea\0", "new:1: UTF-16"),
        ("tsv", b"text\tn\na\t1\nb\n", "new:3: malformed row: 1 field, but the header has 2"),
        ("tsv", b"sentence\na\n", "new:1: no column 'text'"),
        ("csv", b'text\n"a\nb"\n"c"d\n', "new:4: malformed row"),
        ("csv", b"text,text\na,b\n", "new:1: more than one column named 'text'"),
        ("jsonl", b'{"text": "a"}\n[1]\n', "new:2: malformed row: JSON, but not an object"),
        ("jsonl", b'{"text": "a"}\n{"text"\n', "new:2: malformed row: not JSON"),
        ("jsonl", b'{"text": []}\n', "new:1: column 'text': no text"),
        ("jsonl", b'{"text": "\\ud800"}\n', "new:1: column 'text': half a surrogate pair"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(form, data, message):
    with pytest.raises(DataError) as error:
        read(data, format=form, quoted=form == "csv")
    assert error.value.message.startswith(message)


@pytest.mark.parametrize("form", ["tsv", "csv"])
def test_without_a_header_columns_are_called_by_their_positions(form):
    data = b"a\tb\tc\nd\te\n" if form == "tsv" else b'a,b,c\n"d",e\n'
    assert texts(read(data, ("2", "1"), format=form, quoted=form == "csv", header=False)) == [("b", "a"), ("e", "d")]
    for name in ("x", "0", "01"):
        with pytest.raises(DataError, match=f"new:1: no column '{name}'"):
            read(data, (name,), format=form, header=False)


@pytest.mark.parametrize("data", [b"", b"\n\n", b",,\n"])
def test_a_table_with_nothing_in_it_is_said_to_be_empty(data):
    with pytest.raises(DataError) as caught:
        read(data, format="csv", quoted=True)
    assert str(caught.value) == "new:1: the file is empty\nThe first line names the columns."


def test_byte_order_mark_windows_line_ends_and_blank_lines_at_the_end():
    assert texts(read(b"\xef\xbb\xbftext\r\nw\xc3\xb6rter\r\n\r\n", format="tsv")) == [("wörter",)]
    assert texts(read(b"\xef\xbb\xbfa\r\n\r\n", format="txt")) == [("a",)]
    assert read(b"", format="txt") == read(b"", format="jsonl") == read(b"text\n", format="csv", quoted=True) == []


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("txt", b"a\n\n \nb\n\n\n"),
        ("csv", b"\n,\ntext,n\na,1\n\n , \nb,2\n,\n\n"),
        ("tsv", b"text\tn\na\t1\n\t\n\nb\t2\n\t\n"),
        ("jsonl", b'{"text": "a"}\n\n \n{"text": "b"}\n\n'),
    ],
)
def test_a_blank_row_keeps_its_place(form, data):
    rows = read(data, format=form, quoted=form == "csv")
    assert texts(rows) == [("a",), ("",), ("",), ("b",)]
    first = data.split(b"\n").index(next(line for line in data.split(b"\n") if b"a" in line.replace(b"text", b"")))
    assert [row.line for row in rows] == [first + 1 + place for place in range(4)]
    assert [row.is_whole for row in rows] == [True, False, False, True]
    assert [row.id for row in rows] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("csv", b"text,n\na,1\n ,2\n"),
        ("tsv", b"n\ttext\n1\ta\n2\t\n"),
        ("jsonl", b'{"text": "a", "n": 1}\n{"text": null, "n": 2}\n'),
    ],
)
def test_a_row_that_lacks_its_text_alone_is_not_whole(form, data):
    assert [(row.line, row.is_whole) for row in read(data, format=form)] in (
        [(1, True), (2, False)],
        [(2, True), (3, False)],
    )
    assert [row.is_whole for row in read(data, ("text", "n"), format=form)] == [True, False]


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("csv", b"ID,text\nx7,a\n,b\nx7,c\n"),
        ("tsv", b"text\tid \na\tx7\nb\t\nc\tx7\n"),
        ("jsonl", b'{"id": "x7", "text": "a"}\n{"text": "b"}\n{"id": "x7", "text": "c"}\n'),
    ],
)
def test_rows_are_called_by_their_own_ids(form, data):
    assert [row.id or None for row in read(data, format=form)] == ["x7", None, "x7"]
    assert [row.id for row in read(data, format=form, ids=Ids("no", required=False))] == ["0", "1", "2"]
    with pytest.raises(DataError, match="new:1: no column 'no'"):
        read(data, format=form, ids=Ids("no", required=True))
    other = data.replace(b"id", b"no").replace(b"ID", b"no")
    if form != "jsonl":
        assert [row.id for row in read(other, format=form, ids=Ids("no", required=True))] == ["x7", "", "x7"]


def test_without_a_header_ids_have_a_position_too():
    data = b"x7,a\nx8,b\n"
    rows = read(data, ("2",), format="csv", header=False, ids=Ids("1", required=True))
    assert [(row.id, *row.texts) for row in rows] == [("x7", "a"), ("x8", "b")]
    assert [row.id for row in read(data, ("2",), format="csv", header=False)] == ["0", "1"]


def test_a_column_of_texts_is_none_of_ids():
    assert read(b"Id\na\nb\n", ("id",), format="csv") == [Row(2, ["a"], "0"), Row(3, ["b"], "1")]


@pytest.mark.parametrize("told", [1, True, [1], {"a": 1}, None])
def test_an_id_is_a_number_or_a_text(told):
    (row,) = read(json.dumps({"id": told, "text": "a"}).encode(), format="jsonl")
    assert row.id == ("1" if told == 1 and told is not True else "0")


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b'{"text": "a"}\n', "jsonl"),
        (b'\n\n {"text": "a"},\n', "jsonl"),
        (b'[{"text": "a"}, {"text": "b"}]', "jsonl"),
        (b"[\n", "jsonl"),
        (b'id,"Text",n\n', "csv"),
        (b"n;text\n", "csv"),
        (b"text\tn\n", "tsv"),
        (b"Text\n", "csv"),
    ],
)
def test_what_looks_like_another_format_is_no_text(data, form):
    with pytest.raises(DataError, match=r"new:[13]: .* one text a line is read") as error:
        read(data, format="txt", guessed=True)
    assert f"--format {form}" in str(error.value.hint)
    assert len(read(data, format="txt")) > 0


@pytest.mark.parametrize("data", [b"", b"a text, and more\n", b"{curly}\n", b"[1]\n", b'"text"s\n', b"12\n"])
def test_what_looks_like_a_text_is_one(data):
    assert read(data, format="txt", guessed=True) == read(data, format="txt")


def test_a_header_is_no_row():
    data = b'"text","label"\n"a",1\n'
    told = {"columns": ("2",), "format": "csv", "quoted": True, "header": False}
    with pytest.raises(DataError, match="new:1: a header, as it seems") as error:
        read(data, **told, guessed=True)
    assert "--header --text-column NAME" in str(error.value.hint)
    assert texts(read(data, **told)) == [("label",), ("1",)]
    assert texts(read(b"x,a text\n1,label\n", **told, guessed=True)) == [("a text",), ("label",)]


@pytest.mark.parametrize(("columns", "option"), [(("text", "b"), "--pair-column"), (("c", "a"), "--text-column")])
def test_what_there_is_instead_of_a_column_is_told(columns, option):
    with pytest.raises(DataError, match="new:1: no column") as error:
        read(b"text;a\n1;2\n", columns, format="csv")
    assert error.value.hint == f"Columns there are: 'text', 'a'. Choose with {option}."


@pytest.mark.parametrize("form", ["tsv", "csv"])
def test_where_the_header_names_the_text_alone_nothing_separates_fields(form):
    data = b'text\nfine, or; not\there|there\n"a ""quote"", too"\n'
    quoted = '"a ""quote"", too"' if form == "tsv" else 'a "quote", too'
    assert texts(read(data, format=form, quoted=form == "csv")) == [("fine, or; not\there|there",), (quoted,)]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("form", ["tsv", "csv"])
def test_the_delimiter_is_the_one_that_gives_the_columns(form, mark):
    data = f'"id"{mark}Text{mark}n\n1{mark}a b{mark}c\n'
    assert texts(read(data.encode(), format=form, quoted=form == "csv")) == [("a b",)]


def test_lines_that_are_not_utf_8_are_what_the_first_of_them_seems():
    data = "Ω é\n".encode() + "déjà vu\né\n".encode("cp1252")
    decoder = Decoder(PATH)
    rows = list(RowReader(decoder, ["text"], "txt").read(io.BytesIO(data)))
    assert texts(rows) == [("Ω é",), ("déjà vu",), ("é",)]
    assert (decoder.recoded, decoder.first_recoded, decoder.otherwise) == (2, 2, "cp1252")
    decoder = Decoder(PATH, otherwise="cp1251")
    assert texts(RowReader(decoder, ["text"], "txt").read(io.BytesIO("да\n".encode("cp1251")))) == [("да",)]
    for told, what in (("ascii", "0xce is not ASCII"), ("utf-8", "0xe9 is not UTF-8")):
        with pytest.raises(DataError, match=f"new:[12]: byte {what}"):
            list(RowReader(Decoder(PATH, told), ["text"], "txt").read(io.BytesIO(data)))
    with pytest.raises(DataError, match="new:1: byte 0xe4 is not UTF-8"):  # which is not Western Europe's either
        read("да\n".encode("cp1251"), format="txt")


def test_no_more_is_read_than_a_chunk():
    endless = (Row(number, ["text"]) for number in itertools.count(1))
    chunks = list(itertools.islice(in_chunks(endless, 3), 2))
    assert [[row.line for row in chunk] for chunk in chunks] == [[1, 2, 3], [4, 5, 6]]
    assert next(endless).line == 7


@given(st.integers(0, 9), st.integers(1, 4))
def test_all_rows_before_a_malformed_one_come_first(whole, size):
    rows = RowReader(Decoder(PATH), ["text"], "txt").read(io.BytesIO(b"a\n" * whole + b"\xff\n"))
    chunks = in_chunks(rows, size)
    found = [next(chunks) for _ in range(-(-whole // size))]
    assert [row.line for chunk in found for row in chunk] == list(range(1, whole + 1))
    with pytest.raises(DataError, match=f"new:{whole + 1}:"):
        next(chunks)


@pytest.mark.parametrize("form", ["tsv", "csv"])
@pytest.mark.parametrize("text", ["fine{}or not,1", '"fine"or not{}1'])
def test_a_malformed_row_is_told_how_texts_are_quoted(form, text):
    mark = "," if form == "csv" else "\t"
    data = f"text{mark}n\n{text.format(mark)}{mark}2{mark}3\n".encode()
    with pytest.raises(DataError, match="new:2: malformed row") as caught:
        read(data, format=form, quoted=form == "csv")
    hint = str(caught.value.hint)
    assert "A text with the delimiter" in hint
    assert "--format jsonl" in hint
    assert "--delimiter" in hint
    assert ("--quoting rfc4180" in hint) == (form == "tsv")


@pytest.mark.parametrize(("data", "expected"), [(b"a, b;x\n", "a, b"), (b'"a, b",x\n', "a, b"), (b"a\n", "a")])
def test_without_a_header_the_delimiter_is_that_of_the_runs_own_files_if_it_is_there(data, expected):
    (row,) = read(data, ("1",), format="csv", quoted=True, header=False, likely=";")
    assert row.texts == [expected]
