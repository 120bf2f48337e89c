"""The same rows in every format, and what is wrong with a file in each."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from saved_datasets import save_splits, save_table

from ftcli.errors import DataError
from ftcli.tasks.download.members import Limits
from ftcli.tasks.reading import arrow, compressed
from ftcli.tasks.reading.form import Form, bare_name
from ftcli.tasks.reading.readers import look, read_table
from ftcli.tasks.reading.table import Table

PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Rows = list[tuple[str, str]]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NOT_BLANK = st.tuples(TEXT, TEXT).filter(lambda row: any(field.strip() for field in row))
ROWS = st.lists(NOT_BLANK, min_size=1, max_size=6)


def table_of(rows: Rows) -> pa.Table:
    return pa.table({"text": [text for text, _ in rows], "label": [label for _, label in rows]})


def as_csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def as_jsonl(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))


def as_json(path: Path, rows: Rows) -> None:
    path.write_text(json.dumps([{"text": text, "label": label} for text, label in rows], indent=1))


def as_parquet(path: Path, rows: Rows) -> None:
    pq.write_table(table_of(rows), path, row_group_size=2)


def as_stream(path: Path, rows: Rows) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table_of(rows).schema) as writer:
        writer.write_table(table_of(rows), max_chunksize=2)


def as_arrow_file(path: Path, rows: Rows) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table_of(rows).schema) as writer:
        writer.write_table(table_of(rows), max_chunksize=2)


def packed(write: Callable[[Path, Rows], None], pack: Callable[[bytes], bytes]) -> Callable[[Path, Rows], None]:
    def write_packed(path: Path, rows: Rows) -> None:
        write(path, rows)
        path.write_bytes(pack(path.read_bytes()))

    return write_packed


WRITERS: dict[str, Callable[[Path, Rows], None]] = {
    "a.csv": as_csv,
    "a.jsonl": as_jsonl,
    "a.json": as_json,
    "lines.json": as_jsonl,
    "a.parquet": as_parquet,
    "a.arrow": as_stream,
    "b.arrow": as_arrow_file,
    "folder": lambda path, rows: save_table(path, table_of(rows)),
    "a.csv.gz": packed(as_csv, gzip.compress),
    "a.jsonl.bz2": packed(as_jsonl, bz2.compress),
    "a.json.xz": packed(as_json, lzma.compress),
    "two.csv.gz": packed(as_csv, lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
}


@given(rows=ROWS)
@PROPERTY
def test_every_format_gives_the_same_rows(rows: Rows) -> None:
    with TemporaryDirectory() as folder:
        for name, write in WRITERS.items():
            if name == "lines.json" and len(rows) == 1:
                continue  # one object alone is taken for something else than a row
            path = Path(folder) / name
            write(path, rows)
            table = read_table(path, ["text"], ["Label "])
            assert list(zip(table.columns["text"], table.columns["Label "], strict=True)) == rows, name
            assert len(table.lines) == len(rows)
            looked, form = look(path, Form(guessed=True))
            assert looked.columns == {"text": table.columns["text"], "label": table.columns["Label "]}, name
            assert form.with_format(path) == form


VALUES: dict[str, tuple[pa.Array, list[str]]] = {
    "whole numbers": (pa.array([1, -2], pa.int8()), ["1", "-2"]),
    "doubles": (pa.array([1.5, 1e300]), ["1.5", "1e+300"]),
    "floats": (pa.array([4.2, 0.1], pa.float32()), ["4.2", "0.1"]),
    "halves": (pa.array([0.5, 2.5], pa.float16()), ["0.5", "2.5"]),
    "decimals": (pa.array([1, 2], pa.decimal128(5, 2)), ["1.00", "2.00"]),
    "truth": (pa.array([True, False]), ["true", "false"]),
    "categories": (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"]),
    "large": (pa.array(["x", "y"], pa.large_string()), ["x", "y"]),
    "views": (pa.array(["x", "y"], pa.string_view()), ["x", "y"]),
    "missing": (pa.array(["x", None]), ["x", ""]),
    "nothing": (pa.nulls(2), ["", ""]),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_become_the_text_that_csv_would_hold(tmp_path: Path, case: str) -> None:
    column, texts = VALUES[case]
    save_table(tmp_path / "folder", pa.table({"text": ["a", "b"], "label": column}))
    assert read_table(tmp_path / "folder", ["text"], ["label"]).columns["label"] == texts


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
@pytest.mark.parametrize(
    ("column", "told"),
    [
        (pa.array([["a"], ["b"]]), "holds list<"),
        (pa.array([{"a": 1}, {"a": 2}]), "holds struct<"),
        (pa.array([b"a", b"b"]), "holds binary"),
        (pa.array([1, 2], pa.timestamp("s")), "holds timestamp[s]"),
    ],
    ids=["list", "struct", "bytes", "time"],
)
def test_what_is_no_text_is_told_and_passed_over_where_it_is_not_asked_for(
    tmp_path: Path, name: str, column: pa.Array, told: str
) -> None:
    table = pa.table({"text": ["a", "b"], "label": column})
    path = tmp_path / name
    if name == "a.parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    with pytest.raises(DataError) as caught:
        read_table(path, ["text", "label"])
    assert told.replace("{kind}", path.suffix[1:]) in caught.value.message.replace("timestamp[ms]", "timestamp[s]")
    assert read_table(path, ["text"]).columns == {"text": ["a", "b"]}
    assert set(look(path, Form(guessed=True))[0].columns) >= {"text"}


def test_what_is_missing_reads_as_empty(tmp_path: Path) -> None:
    """Null, and the NaN that pandas writes for it: training says of all such rows that their label is empty."""
    rows = [{"text": "a", "label": 0.5}, {"text": "b", "label": None}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    columns = {"text": ["a", "b", "c"], "label": pa.array([0.5, None, float("nan")], from_pandas=False)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.jsonl", ["text", "label"]).columns["label"] == ["0.5", ""]
    assert read_table(tmp_path / "a.parquet", ["text", "label"]).columns["label"] == ["0.5", "", ""]


def test_a_key_within_a_key_is_called_by_both(tmp_path: Path) -> None:
    rows = [{"id": 1, "data": {"text": "a", "more": {"from": "x"}}, "labels": [{"name": "p"}]}]
    (tmp_path / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    assert read_table(tmp_path / "a.json", ["data.text", "data.more.from"]).columns == {
        "data.text": ["a"],
        "data.more.from": ["x"],
    }
    assert list(look(tmp_path / "a.json", Form(guessed=True))[0].columns) == ["id", "data.text", "data.more.from"]
    with pytest.raises(DataError, match="a list or object where a text or a number belongs"):
        read_table(tmp_path / "a.json", ["labels"])


class TestSavedDataset:
    LABELS = pa.array([1, 0, -1])
    NAMES = MappingProxyType({"label": ["bad", "good"]})

    def test_classes_have_their_names_and_minus_one_is_none(self, tmp_path: Path) -> None:
        save_table(tmp_path, pa.table({"text": ["a", "b", "c"], "label": self.LABELS}), class_names=self.NAMES)
        assert read_table(tmp_path, ["text"], ["label"]).columns["label"] == ["good", "bad", ""]

    def test_parquet_that_datasets_wrote_has_the_names_too(self, tmp_path: Path) -> None:
        feature = {"names": ["bad", "good"], "_type": "ClassLabel"}
        told = json.dumps({"info": {"features": {"label": feature}}})
        table = pa.table({"text": ["a", "b", "c"], "label": self.LABELS}).replace_schema_metadata({"huggingface": told})
        pq.write_table(table, tmp_path / "a.parquet")
        assert read_table(tmp_path / "a.parquet", ["text"], ["label"]).columns["label"] == ["good", "bad", ""]

    def test_several_files_are_read_in_their_order(self, tmp_path: Path) -> None:
        save_table(tmp_path, pa.table({"text": [str(number) for number in range(10)]}), files=3)
        table = read_table(tmp_path, ["text"])
        assert table.columns["text"] == [str(number) for number in range(10)]
        assert table.lines == list(range(1, 11))

    def test_a_folder_of_splits_names_them(self, tmp_path: Path) -> None:
        save_splits(tmp_path / "all", {"train": pa.table({"text": ["a"]}), "test": pa.table({"text": ["b"]})})
        with pytest.raises(DataError, match="several splits: 'train', 'test'") as caught:
            read_table(tmp_path / "all", ["text"])
        assert str(tmp_path / "all" / "train") in str(caught.value.hint)
        assert read_table(tmp_path / "all" / "test", ["text"]).columns["text"] == ["b"]

    @pytest.mark.parametrize("name", ["../a.arrow", "/etc/passwd", "..", "", "x\\y", 3, None])
    def test_no_file_outside_the_folder_is_opened(self, tmp_path: Path, name: Any) -> None:
        save_table(tmp_path, pa.table({"text": ["a"]}))
        (tmp_path / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
        with pytest.raises(DataError, match="no list of data files"):
            read_table(tmp_path, ["text"])
        (tmp_path / "dataset_dict.json").write_text(json.dumps({"splits": [name]}))
        with pytest.raises(DataError, match="no list of splits"):
            read_table(tmp_path, ["text"])

    @pytest.mark.parametrize(
        "content", ["", "[]", "{", "[" * 100_000, "{}", '{"_data_files": []}', '{"_data_files": 1}']
    )
    @pytest.mark.parametrize("file", ["state.json", "dataset_info.json"])
    def test_a_damaged_description_is_told(self, tmp_path: Path, file: str, content: str) -> None:
        save_table(tmp_path, pa.table({"text": ["a"]}))
        (tmp_path / file).write_text(content)
        if file == "dataset_info.json" and content.startswith("{") and content != "{":
            assert read_table(tmp_path, ["text"]).columns["text"] == ["a"]  # it only tells the names of classes
            return
        with pytest.raises(DataError, match=file):
            read_table(tmp_path, ["text"])

    def test_a_selection_that_is_not_written_out_is_refused(self, tmp_path: Path) -> None:
        save_table(tmp_path, pa.table({"text": ["a"]}))
        state = json.loads((tmp_path / "state.json").read_text())
        (tmp_path / "state.json").write_text(json.dumps({**state, "_indices_files": [{"filename": "indices.arrow"}]}))
        with pytest.raises(DataError, match="not written out") as caught:
            read_table(tmp_path, ["text"])
        assert "flatten_indices" in str(caught.value.hint)


class TestHostile:
    def test_nothing_is_unpickled(self, tmp_path: Path) -> None:
        """What pyarrow up to 14.0 executed: an extension type whose description is a pickle (CVE-2023-47248)."""

        class Trap:
            def __reduce__(self) -> tuple[Any, ...]:
                return open, (str(tmp_path / "sprung"), "w")

        metadata = {
            "ARROW:extension:name": "arrow.py_extension_type",
            "ARROW:extension:metadata": pickle.dumps(Trap()),
        }
        schema = pa.schema([pa.field("text", pa.string(), metadata=metadata)])
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            writer.write_table(pa.table([pa.array(["a"])], schema=schema))
        try:
            read_table(tmp_path / "a.arrow", ["text"])
        finally:
            assert not (tmp_path / "sprung").exists()

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_bomb_is_unpacked_to_its_bound_only(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        path = tmp_path / "a.csv.gz"
        path.write_bytes(pack(bytes(50_000_000)))
        with pytest.raises(DataError, match="is not unpacked further"):
            read_table(path, ["text"])

    def test_the_bound_of_all_bytes(self) -> None:
        data = gzip.compress(b"text\n" * 100)
        with pytest.raises(DataError, match="not unpacked further"):
            compressed.unpacked(Path("a"), data, Limits(total_bytes=499))
        assert compressed.unpacked(Path("a"), data, Limits(total_bytes=500)) == b"text\n" * 100

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_damaged_compressed_file_is_told(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        data = pack(b"text\n" + b"abc\n" * 100)
        for number, broken in enumerate((data[:-3], data[:20], data[:15] + b"\xff\xff" + data[17:])):
            path = tmp_path / f"{number}.csv"
            path.write_bytes(broken)
            with pytest.raises(DataError, match="a damaged compressed file"):
                read_table(path, ["text"])

    def test_rows_that_take_no_bytes_are_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "_MOST_ROWS", 1000)
        pq.write_table(pa.table({"text": pa.nulls(2000)}), tmp_path / "a.parquet")
        with pytest.raises(DataError, match="more than 1,000 rows"):
            read_table(tmp_path / "a.parquet", [], ["text"])

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "b.arrow"])
    @given(data=st.data())
    @PROPERTY
    def test_damaged_bytes_give_rows_or_a_data_error(self, name: str, data: st.DataObject) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            WRITERS[name](path, [("one", "x"), ("two", "y"), ("three", "x")])
            content = bytearray(path.read_bytes())
            for _ in range(data.draw(st.integers(1, 4))):
                content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
            path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
            outcome: Table | DataError
            try:
                outcome = read_table(path, ["text"], ["label"])
            except DataError as error:
                outcome = error
        if isinstance(outcome, DataError):
            assert outcome.message.startswith(str(path))
            assert outcome.hint
        else:
            assert len(outcome) == len(outcome.columns["text"])

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "b.arrow"])
    def test_lengths_that_lie_are_found_out_before_anything_is_looked_at(self, tmp_path: Path, name: str) -> None:
        """Every fourth byte made 4 in turn: a length 67 million too large once ended the process."""
        path = tmp_path / name
        table = pa.table({"text": ["one", "two"], "label": pa.array(["good", "bad"]).dictionary_encode()})
        if name == "a.parquet":
            pq.write_table(table, path)
        else:
            write = pa.ipc.new_stream if name == "a.arrow" else pa.ipc.new_file
            with pa.OSFile(str(path), "wb") as sink, write(sink, table.schema) as writer:
                writer.write_table(table)
        content = path.read_bytes()
        outcomes = set()
        for place in range(3, len(content), 4):  # the highest byte of a number of four
            path.write_bytes(content[:place] + b"\x04" + content[place + 1 :])
            try:
                outcomes.add(len(read_table(path, ["text"], ["label"])))
            except DataError:
                outcomes.add("refused")
        assert outcomes >= {2, "refused"}

    @pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
    def test_columns_without_rows(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        WRITERS[name](path, [("one", "x")])
        empty = table_of([("one", "x")]).slice(1)
        if name == "a.parquet":
            pq.write_table(empty, path)
        else:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, empty.schema) as writer:
                writer.write_table(empty)
        with pytest.raises(DataError, match="columns, but no rows"):
            read_table(path, ["text"])


JSON_FAULTS = {
    '{"data": [{"text": "a"}]}': "JSON, but not an array of rows",
    '{"text": {"0": "a"}, "label": {"0": "b"}}': "JSON, but not an array of rows",
    "[]": "an array without rows",
    "": "the file is empty",
    '[{"text": "a"}, 3]': ":2: malformed row: JSON, but not an object",
    '[{"text": "a"},\n{"text": }]': ":2: malformed row: not JSON",
    '[{"text": "a"}, {"txt": "b"}]': ":2: no column 'text'",
    '[{"text": "a"}, {"text": ["b"]}]': ":2: column 'text': a list or object",
}


@pytest.mark.parametrize("content", JSON_FAULTS)
def test_an_array_of_objects_says_what_is_wrong(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        read_table(path, ["text"])
    assert JSON_FAULTS[content] in caught.value.message
    assert caught.value.hint


def test_a_plain_text_has_one_column_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text('One, "two".\nThree\tfour.\n\n')
    assert read_table(path, ["sentence"], ["label"]).columns == {"sentence": ['One, "two".', "Three\tfour."]}
    with pytest.raises(DataError, match="one text a line") as caught:
        read_table(path, ["text", "label"])
    assert "--format" in str(caught.value.hint)


def test_standard_input_is_read_once_and_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(gzip.compress(b"text;label\na;b\n")))
    monkeypatch.setattr("sys.stdin", stream)
    assert read_table(Path("-"), ["text"], form=Form("csv", guessed=True)).columns == {"text": ["a"]}
    with pytest.raises(DataError, match="no name that tells its format"):
        read_table(Path("-"), ["text"])


@pytest.mark.parametrize(
    ("name", "bare"),
    [("a/reviews.csv", "reviews"), ("reviews.v2.jsonl.gz", "reviews.v2"), ("imdb", "imdb"), ("x.gz", "x")],
)
def test_bare_name(name: str, bare: str) -> None:
    assert bare_name(Path(name)) == bare


@pytest.mark.parametrize("start", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_spreadsheet_that_is_called_otherwise(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "book.csv").write_bytes(start + bytes(100))
    with pytest.raises(DataError, match="a spreadsheet or an archive") as caught:
        look(tmp_path / "book.csv", Form(guessed=True))
    assert "as CSV" in str(caught.value.hint)


def test_zlib_is_not_gzip(tmp_path: Path) -> None:
    """Other compressions are none of those that are read: the bytes are told to be no text."""
    (tmp_path / "a.csv").write_bytes(zlib.compress(b"text\n" * 50))
    with pytest.raises(DataError, match=r"a.csv:1: "):
        look(tmp_path / "a.csv", Form(guessed=True))
