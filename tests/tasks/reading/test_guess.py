from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ftcli.errors import DataError
from ftcli.tasks.reading.form import DELIMITERS, Form
from ftcli.tasks.reading.guess import guess_delimiter, guess_encoding
from ftcli.tasks.reading.readers import look, read_table

PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
GUESSED = Form(guessed=True)

LATIN = st.characters(codec="cp1252", exclude_categories=["Cc"])
FIELD = st.text(st.sampled_from("ab ,;|\t\"'\n") | LATIN, max_size=10)
NAME = st.text(st.sampled_from("abcdefghij _"), min_size=1, max_size=8).filter(lambda name: name.strip() == name)
HEADER = st.lists(NAME, min_size=2, max_size=4, unique=True)


@given(data=st.data(), header=HEADER, delimiter=st.sampled_from(list(DELIMITERS)))
@PROPERTY
def test_quoted_rows_come_back_whatever_separates_them_and_encodes_them(
    data: st.DataObject, header: list[str], delimiter: str
) -> None:
    """All rows, all columns: as the csv module of Python, or a spreadsheet, writes them."""
    not_blank = st.tuples(*[FIELD] * len(header)).filter(lambda row: any(field.strip() for field in row))
    rows = data.draw(st.lists(not_blank, min_size=1, max_size=5))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    content = io.StringIO()
    csv.writer(content, delimiter=delimiter, quoting=quoting).writerows([header, *rows])
    data_written = content.getvalue().encode(encoding)
    if encoding == "cp1252":
        assume(not _is_utf_8(data_written) or data_written.isascii())
        assume(guess_encoding(data_written) != "utf-8" or data_written.isascii())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data_written)
        table, form = look(path, GUESSED)
        assert form.delimiter == delimiter
        assert [list(row) for row in zip(*table.columns.values(), strict=True)] == [list(row) for row in rows]
        assert list(table.columns) == header
        again = read_table(path, [header[0]], form=form)  # what was found is all that it takes
    assert again.columns[header[0]] == [row[0] for row in rows]


@given(header=HEADER, rows=st.integers(1, 5), ragged=st.integers(0, 4), extra=st.booleans(), data=st.data())
@PROPERTY
def test_a_row_of_another_length_is_never_passed_over(
    header: list[str], rows: int, ragged: int, extra: bool, data: st.DataObject
) -> None:
    delimiter = data.draw(st.sampled_from(list(DELIMITERS)))
    ragged = min(ragged, rows - 1)
    lines = [delimiter.join(f"w{number}" for number in range(len(header))) for _ in range(rows)]
    lines[ragged] = lines[ragged] + f"{delimiter}more" if extra else "lonely"
    with TemporaryDirectory() as folder:
        path = Path(folder) / data.draw(st.sampled_from(["a.csv", "a.tsv"]))
        path.write_text("\n".join([delimiter.join(header), *lines]) + "\n")
        with pytest.raises(DataError) as caught:
            look(path, GUESSED)
        assert f"{path.name}:{ragged + 2}: malformed row" in caught.value.message


@given(text=st.text(max_size=30))
@PROPERTY
def test_utf_8_is_never_taken_for_another(text: str) -> None:
    assert guess_encoding(text.encode()) == (
        "utf-8" if not text.startswith("\ufeff") else guess_encoding(text.encode())
    )
    if not text.startswith("\0"):  # with a mark before it, that is the mark of UTF-32
        assert guess_encoding(text.encode("utf-16")) == "utf-16"
    assert guess_encoding(text.encode("utf-32")) == "utf-32"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"caf\xe9, d\xe9j\xe0 vu", "cp1252"),
        (b"\x93quoted\x94 \x96 10 \x80", "cp1252"),
        ("schön, schön und ".encode() + b"sch\xf6n", "utf-8"),  # one line pasted from elsewhere
        (b"\x89PNG\r\n\x1a\n\0\0", "utf-8"),
        (b"PK\x03\x04\xff\xfe", "utf-8"),
        ("текст,метка\nпривет,да\n".encode("cp1251"), "utf-8"),
        ("こんにちは".encode("shift-jis"), "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    assert guess_encoding(data) == encoding


def test_what_a_run_was_trained_on_tells_the_encoding_of_a_further_file(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_bytes("text,label\nпривет и пока,x\n".encode("cp1251"))
    trained, plain = Form("csv", ",", "auto", "cp1251"), Form("csv", ",", "auto", "utf-8")
    assert read_table(path, ["text"], form=trained.for_another(path)).columns["text"] == ["привет и пока"]
    with pytest.raises(DataError, match=r"new\.csv:2: byte 0xef is not UTF-8"):
        read_table(path, ["text"], form=plain.for_another(path))
    told = plain.for_another(path, Form(encoding="cp1251"))
    assert read_table(path, ["text"], form=told).columns["text"] == ["привет и пока"]
    path.write_bytes("text,label\ndéjà vu,x\n".encode("cp1252"))
    found = read_table(path, ["text"], form=plain.for_another(path))
    assert (found.columns["text"], found.form and found.form.in_words) == (["déjà vu"], "csv, comma, Windows-1252")
    path.write_text("text;label\nпривет;x\n", encoding="utf-8")
    assert read_table(path, ["text"], form=trained.for_another(path)).columns["text"] == ["привет"]


@pytest.mark.parametrize(
    ("text", "wanted", "delimiter"),
    [
        ('text;label\n"a, b";x\nc, d, e;y\n', [], ";"),
        ("text,label\na;b;c,x\nd;e;f,y\n", [], ","),
        ("a,b;text;label\n1,2;3;4\n", ["text", "label"], ";"),
        ("text\na;b\nc\n", [], ","),
        ("text|label|more, or less\na|x|b\n", [], "|"),
    ],
)
def test_delimiters(text: str, wanted: list[str], delimiter: str) -> None:
    assert guess_delimiter(Path("a.csv"), text, Form("csv", guessed=True), wanted) == delimiter


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("label\ttext\nham\tHi, you\nspam\tWin\n", {"label": ["ham", "spam"], "text": ["Hi, you", "Win"]}),
        ("text;label\nHi, you;ham\n", {"text": ["Hi, you"], "label": ["ham"]}),
        ("One, two.\nThree.\n", {"text": ["One, two.", "Three."]}),
        ("One\n", {"text": ["One"]}),
    ],
)
def test_a_plain_text_is_a_table_where_all_rows_are_alike(
    tmp_path: Path, content: str, columns: dict[str, list[str]]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(content)
    assert look(path, GUESSED)[0].columns == columns


def test_a_plain_text_to_predict_is_a_table_only_with_the_column_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("Yes, please\nNo, thanks\n")
    assert read_table(path, ["text"], form=GUESSED).columns["text"] == ["Yes, please", "No, thanks"]


def test_what_is_said_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes("text;label\nschön;x\n".encode())
    said = Form("csv", ";", "auto", "cp1252", guessed=True)
    assert read_table(path, ["text"], form=said).columns["text"] == ["schÃ¶n"]
    with pytest.raises(DataError, match="no column 'text'"):
        read_table(path, ["text"], form=Form("csv", ",", guessed=True))


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
