from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftcli.errors import DataError
from ftcli.tasks.reading.form import Form, Quoting
from ftcli.tasks.reading.readers import read_table
from ftcli.tasks.reading.table import Table

# The machine may be busy: only what comes out is judged, not how long it takes.
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FORMATS = [".csv", ".tsv", ".jsonl"]

# What str.splitlines, the csv module or a codec might take for something else.
NASTY = st.text(
    st.sampled_from("ab \"',\t\u2028\u2029\x0b\x0c\x1c\x1e\x85\ufeff\u202e\U0001f600é\xa0\\n{}")
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"),
    max_size=12,
)
BREAKING = NASTY | st.text(st.sampled_from('a"\r\n,'), max_size=6)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def with_something(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rows that are not blank."""
    return [row for row in rows if any(field.strip() for field in row)]


def refused(path: Path, required: Sequence[str] = ("text", "label"), quoting: Quoting = "auto") -> DataError:
    with pytest.raises(DataError) as caught:
        read_table(path, required, form=Form(quoting=quoting))
    assert caught.value.message.startswith(f"{path}:")
    assert caught.value.hint
    return caught.value


class TestCsv:
    def test_quotes_and_line_numbers(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", 'text,label\r\n"one, ""two""\r\nthree",x\r\nfour,y\r\n')
        table = read_table(path, ["text", "label"])
        assert table.columns == {"text": ['one, "two"\r\nthree', "four"], "label": ["x", "y"]}
        assert table.lines == [2, 4]

    def test_keeps_only_wanted_columns(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", "id,text,note,label\n1,one,n,x\n")
        assert read_table(path, ["label"], ["text", "absent"]).columns == {"label": ["x"], "text": ["one"]}

    @pytest.mark.parametrize("quoting", ["auto", "rfc4180"])
    @pytest.mark.parametrize(
        ("row", "line"),
        [
            ('"never closed,x\nb,y\n', 3),
            ('"a"b,x\n', 3),
            ("a,b,c\n", 3),
            ("a\n", 3),
            ("a\rb,c\n", 3),
            ('"two\nlines",x\nonly\n', 5),
        ],
    )
    def test_malformed_row(self, tmp_path: Path, row: str, line: int, quoting: Quoting) -> None:
        path = write(tmp_path, "a.csv", f"text,label\nfine,x\n{row}")
        assert refused(path, quoting=quoting).message.startswith(f"{path}:{line}: malformed row")

    def test_backslashes_before_quotes_are_told_apart_from_no_quotes(self, tmp_path: Path) -> None:
        error = refused(write(tmp_path, "a.csv", 'text,label\n"He said \\"hi, you\\"",x\n'))
        assert "backslashes stand before quotes" in str(error.hint)

    def test_a_column_without_a_name_is_told(self, tmp_path: Path) -> None:
        """As R writes row names, or with a separator at the end of each row but the first."""
        for name, rows in (("a.csv", "1,fine,x\n2,bad,y\n"), ("b.csv", "fine,x,\nbad,y,\n")):
            error = refused(write(tmp_path, name, f"text,label\n{rows}"))
            assert "All rows have one field more" in str(error.hint)

    def test_every_malformed_row_is_counted_and_the_first_are_named(self, tmp_path: Path) -> None:
        rows = "".join("a,b,c\nfine,x\n" for _ in range(8))
        message = refused(write(tmp_path, "a.csv", f"text,label\n{rows}")).message
        assert message.endswith(
            ":2: malformed row: 3 fields, but the header has 2; 7 more malformed rows (lines 4, 6, 8, 10, 12 and more)"
        )
        two = refused(write(tmp_path, "b.csv", "text,label\na\nfine,x\nb\n")).message
        assert two.endswith(":2: malformed row: 1 field, but the header has 2; 1 more malformed row (line 4)")

    def test_unquoted(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", 'text,label\n"a,x"\n')
        assert read_table(path, ["text", "label"], form=Form(quoting="none")).columns == {
            "text": ['"a'],
            "label": ['x"'],
        }

    def test_field_beyond_the_default_limit(self, tmp_path: Path) -> None:
        long = "x" * 300_000
        assert read_table(write(tmp_path, "a.csv", f"text\n{long}\n"), ["text"]).columns == {"text": [long]}

    def test_semicolons_are_explained(self, tmp_path: Path) -> None:
        error = refused(write(tmp_path, "a.csv", "text;label\na;b\n"))
        assert "semicolons" in str(error.hint)

    @given(st.lists(st.tuples(BREAKING, BREAKING), min_size=1, max_size=5).filter(with_something))
    @PROPERTY
    def test_round_trip(self, rows: list[tuple[str, str]]) -> None:
        content = io.StringIO()
        csv.writer(content).writerows([("text", "label"), *rows])
        with TemporaryDirectory() as folder:
            path = write(Path(folder), "a.csv", content.getvalue())
            table = read_table(path, ["text", "label"])
        assert list(zip(table.columns["text"], table.columns["label"], strict=True)) == with_something(rows)


class TestTsv:
    def test_quote_is_a_character(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.tsv", 'text\tlabel\n"open\tx\nclosed"\ty\n')
        table = read_table(path, ["text", "label"])
        assert table.columns == {"text": ['"open', 'closed"'], "label": ["x", "y"]}
        assert table.lines == [2, 3]

    def test_quoted_on_request(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.tsv", 'text\tlabel\n"a\tb"\tx\n')
        assert read_table(path, ["text", "label"], form=Form(quoting="rfc4180")).columns["text"] == ["a\tb"]

    def test_names_given_for_a_file_without_header(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.tsv", "s\t1\ttext\ns\t0\tmore\n")
        table = read_table(path, ["text", "label"], header=["source", "label", "text"])
        assert table.columns == {"text": ["text", "more"], "label": ["1", "0"]}
        assert table.lines == [1, 2]

    @pytest.mark.parametrize("row", ["a\n", "a\tb\tc\n"])
    def test_malformed_row(self, tmp_path: Path, row: str) -> None:
        path = write(tmp_path, "a.tsv", f"text\tlabel\nfine\tx\n{row}")
        assert refused(path).message.startswith(f"{path}:3: malformed row")

    @given(
        st.lists(st.tuples(NASTY, NASTY), min_size=1, max_size=5).filter(with_something),
        st.sampled_from(["\n", "\r\n"]),
    )
    @PROPERTY
    def test_round_trip(self, rows: list[tuple[str, str]], end: str) -> None:
        rows = [(text.replace("\t", " "), label.replace("\t", " ")) for text, label in rows]
        content = "".join(f"{text}\t{label}{end}" for text, label in [("text", "label"), *rows])
        with TemporaryDirectory() as folder:
            table = read_table(write(Path(folder), "a.tsv", content), ["text", "label"])
        assert list(zip(table.columns["text"], table.columns["label"], strict=True)) == with_something(rows)
        assert table.lines == [line for line, row in enumerate(rows, start=2) if with_something([row])]
        assert sorted([*table.lines, *table.blank]) == list(range(2, len(rows) + 2))


class TestJsonl:
    def test_scalars_become_text(self, tmp_path: Path) -> None:
        values = ["s", 1, -2.5, 1e300, True, False]
        path = write(tmp_path, "a.jsonl", "".join(json.dumps({"label": value}) + "\n" for value in values))
        assert read_table(path, ["label"]).columns["label"] == ["s", "1", "-2.5", "1e+300", "true", "false"]

    def test_blank_lines_are_passed_over_but_counted(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jsonl", '\n{"text": "a"}\r\n \r\n{"text": "b"}\n\n')
        table = read_table(path, ["text"])
        assert (table.lines, table.blank) == ([2, 4], (1, 3))

    def test_optional_key(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b", "label": null}\n{"text": "c", "label": 1}')
        assert read_table(path, ["text"], ["label", "note"]).columns == {
            "text": ["a", "b", "c"],
            "label": ["", "", "1"],
        }

    @pytest.mark.parametrize(
        ("row", "what"),
        [
            ('{"text": "a", "label": 1', "not JSON"),
            ("text", "not JSON"),
            ('{"text": "a", "label": NaN}', "NaN"),
            ('["a", 1]', "not an object"),
            ('{"text": "a"}', "no column 'label'"),
            ('{"text": ["a"], "label": 1}', "a list or object"),
            ('{"text": [{"a": 1}], "label": 1}', "a list or object"),
            ('{"text": "a", "text": "b", "label": 1}', "more than one column"),
            ('{"text": "\\ud800", "label": 1}', "surrogate"),
            ("[" * 100_000, "nested too deeply"),
            ('{"text": "a", "label": ' + "9" * 5000 + "}", "not JSON"),
        ],
        ids=lambda value: value[:30],
    )
    def test_malformed_row(self, tmp_path: Path, row: str, what: str) -> None:
        path = write(tmp_path, "a.jsonl", '{"text": "fine", "label": 0}\n' + row + "\n")
        error = refused(path)
        assert error.message.startswith(f"{path}:2: ")
        assert what in error.message

    @given(st.lists(st.tuples(BREAKING, BREAKING), min_size=1, max_size=5), st.booleans())
    @PROPERTY
    def test_round_trip(self, rows: list[tuple[str, str]], ascii_only: bool) -> None:
        lines = [json.dumps({"text": text, "label": label}, ensure_ascii=ascii_only) for text, label in rows]
        with TemporaryDirectory() as folder:
            table = read_table(write(Path(folder), "a.jsonl", "\n".join(lines)), ["text", "label"])
        assert list(zip(table.columns["text"], table.columns["label"], strict=True)) == rows


def two_rows(suffix: str, end: str = "\n", names: tuple[str, str] = ("text", "label")) -> str:
    rows = [("né", "x"), ("b", "y")]
    if suffix == ".jsonl":
        return "".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + end for row in rows)
    separator = "," if suffix == ".csv" else "\t"
    return "".join(separator.join(row) + end for row in [names, *rows])


class TestAnyFormat:
    @pytest.mark.parametrize("suffix", [*FORMATS, ".CSV"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "mark"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
    @pytest.mark.parametrize("tail", [0, 3], ids=["", "blank tail"])
    def test_marks_and_line_ends(self, tmp_path: Path, suffix: str, mark: bytes, end: str, tail: int) -> None:
        content = mark + (two_rows(suffix.lower(), end) + end * tail).encode()
        table = read_table(write(tmp_path, f"a{suffix}", content), ["text", "label"])
        assert table.columns == {"text": ["né", "b"], "label": ["x", "y"]}

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_no_end_of_the_last_line(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix).rstrip("\n"))
        assert read_table(path, ["label"]).columns == {"label": ["x", "y"]}

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_names_match_despite_case_and_space(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix, names=("Text", "LABEL ")))
        assert read_table(path, ["text", "label"]).columns["label"] == ["x", "y"]

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_exact_name_wins(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix, names=("Label", "label")))
        assert read_table(path, ["label"]).columns["label"] == ["x", "y"]

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_missing_column_names_the_nearest(self, tmp_path: Path, suffix: str) -> None:
        error = refused(write(tmp_path, f"a{suffix}", two_rows(suffix, names=("text", "Lable"))))
        assert "no column 'label'" in error.message
        assert re.search(r"'text', 'Lable'.*Did you mean 'Lable'\?", str(error.hint))

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_ambiguous_name(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix, names=("Label", "LABEL")))
        assert "no column 'label'" in refused(path, ["label"]).message

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_other_encoding(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix).encode("latin-1"))
        line = 1 if suffix == ".jsonl" else 2
        assert refused(path).message == f"{path}:{line}: byte 0xe9 is not UTF-8"

    def test_other_encoding_behind_a_mark(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", b"\xef\xbb\xbftext\na\n\xe9")
        assert refused(path).message == f"{path}:3: byte 0xe9 is not UTF-8"

    def test_ten_thousand_columns(self, tmp_path: Path) -> None:
        names = ["text", *(f"c{number}" for number in range(9_998)), "label"]
        path = write(tmp_path, "wide.csv", "\n".join([",".join(names), ",".join(map(str, range(10_000)))]) + "\n")
        table = read_table(path, ["text"], ["label"])
        assert (table.columns["text"], table.columns["label"]) == (["0"], ["9999"])

    @pytest.mark.parametrize("suffix", FORMATS)
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
    def test_wide_encoding(self, tmp_path: Path, suffix: str, encoding: str) -> None:
        refused(write(tmp_path, f"a{suffix}", two_rows(suffix).encode(encoding)))

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_nul(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix) + "a\0b")
        assert f":{two_rows(suffix).count(chr(10)) + 1}: a NUL byte" in refused(path).message

    @pytest.mark.parametrize("suffix", FORMATS)
    @pytest.mark.parametrize("content", ["", "\n", "\r\n\n", "\ufeff"])
    def test_empty_file(self, tmp_path: Path, suffix: str, content: str) -> None:
        path = write(tmp_path, f"a{suffix}", content)
        assert refused(path).message == f"{path}:1: the file is empty"

    @pytest.mark.parametrize("suffix", [".csv", ".tsv"])
    def test_header_alone(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix).splitlines()[0] + "\n")
        assert refused(path).message == f"{path}:1: a header, but no rows"

    @pytest.mark.parametrize("suffix", [".csv", ".tsv"])
    @pytest.mark.parametrize("blank", ["", ",", " , ", ",,,"])
    def test_blank_rows_are_skipped_and_counted(self, tmp_path: Path, suffix: str, blank: str) -> None:
        separator = "," if suffix == ".csv" else "\t"
        lines = [blank, "text,label", "a,x", blank, blank, "b,y", blank, ""]
        table = read_table(write(tmp_path, f"a{suffix}", "\n".join(lines).replace(",", separator)), ["text", "label"])
        assert table.columns == {"text": ["a", "b"], "label": ["x", "y"]}
        assert table.lines == [3, 6]
        assert table.blank == ((4, 5, 7) if blank else (4, 5))  # empty lines at the end are its end
        assert table.numbers == [0, 3]

    def test_blank_lines_between_texts(self, tmp_path: Path) -> None:
        table = read_table(write(tmp_path, "a.txt", "\na\n \n\nb\n\n"), ["text"])
        assert (table.columns, table.lines, table.blank) == ({"text": ["a", "b"]}, [2, 5], (1, 3, 4))

    @pytest.mark.parametrize("suffix", [".csv", ".tsv"])
    def test_duplicate_names(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path, f"a{suffix}", two_rows(suffix, names=("text", "text")))
        assert refused(path).message == f"{path}:1: more than one column named 'text'"

    def test_nameless_columns_are_no_duplicates(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.csv", ",text,\n0,a,\n")
        assert read_table(path, ["text"]).columns == {"text": ["a"]}


def test_unknown_extension(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "a.dat", "text\n"))
    assert "unknown extension '.dat'" in error.message
    assert ".jsonl" in str(error.hint)
    assert "as CSV" in str(refused(write(tmp_path, "a.xlsx", "PK")).hint)
    assert "Unpack" in str(refused(write(tmp_path, "a.zip", "PK")).hint)


@pytest.mark.parametrize("name", ["absent.csv", "absent.txt", "absent/a.csv"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / name).message.endswith("no such file")


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    assert "a folder" in refused(tmp_path / "a.csv").message


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300 + ".csv"], ids=["NUL", "long"])
def test_impossible_path(tmp_path: Path, name: str) -> None:
    refused(tmp_path / name)


def test_error_of_a_row_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'text\n"a\nb"\nc\n')
    assert str(read_table(path, ["text"]).error(1, "odd", hint="mend it")) == f"{path}:4: odd\nmend it"


LIKELY_BYTES = st.lists(
    st.sampled_from([b"text", b"label", b",", b"\t", b'"', b"\n", b"\r", b'{"text":', b"}", b"[", b"1", b"\xff"])
).map(b"".join)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("quoting", ["auto", "none", "rfc4180"])
@given(content=st.binary(max_size=80) | LIKELY_BYTES | LIKELY_BYTES.map(lambda each: b"text\n" + each))
@PROPERTY
def test_any_bytes_give_rows_or_a_data_error(suffix: str, quoting: Quoting, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder), f"a{suffix}", content)
        outcome: Table | DataError
        try:
            outcome = read_table(path, ["text"], ["label"], form=Form(quoting=quoting))
        except DataError as error:
            outcome = error
    if isinstance(outcome, DataError):
        assert re.match(re.escape(str(path)) + r"(:\d+)?: .", outcome.message)
    else:
        assert len(outcome) == len(outcome.columns["text"]) > 0
        assert outcome.lines == sorted(set(outcome.lines))
