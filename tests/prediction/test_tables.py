"""Texts read from files that can't be read row by row."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from ftcli.errors import DataError
from ftcli.prediction.ids import ANY_ID, Ids
from ftcli.prediction.tables import TableReader
from ftcli.tasks.reading.form import Form

ROWS = [{"text": "good", "id": ["a", "b"]}, {"text": "bad", "id": ["c"]}]


@pytest.fixture(params=["json", "parquet"])
def nested(request, tmp_path):
    """A file whose column of ids holds lists."""
    path = tmp_path / f"new.{request.param}"
    if request.param == "json":
        path.write_text(json.dumps(ROWS), encoding="utf-8")
    else:
        parquet.write_table(pa.Table.from_pylist(ROWS), path)
    return path


def read(path, ids=ANY_ID, columns=("text",), **form):
    return list(TableReader(path, columns, Form(**form, guessed=True), ids).read())


def test_ids_that_are_no_text_leave_the_rows_numbered(nested):
    assert [(row.id, *row.texts) for row in read(nested)] == [("0", "good"), ("1", "bad")]
    with pytest.raises(DataError, match="column 'id'"):
        read(nested, Ids("id", required=True))


@pytest.mark.parametrize(("wanted", "option"), [("body", "--text-column"), ("other", "--pair-column")])
def test_the_option_for_a_column_that_is_not_there_is_named(nested, wanted, option):
    columns = ("body",) if wanted == "body" else ("text", "other")
    with pytest.raises(DataError) as caught:
        read(nested, columns=columns)
    assert f"no column '{wanted}'" in caught.value.message
    assert str(caught.value.hint).endswith(f"Choose with {option}.")


def test_the_option_for_ids_that_are_not_there_is_named(nested):
    with pytest.raises(DataError) as caught:
        read(nested, Ids("key", required=True))
    assert str(caught.value.hint).endswith("Choose with --id-column.")


@pytest.mark.parametrize("told", [{"encoding": "cp1251"}, {"otherwise": "cp1251"}])
def test_the_encoding_is_that_which_is_told_or_that_of_the_runs_own_files(tmp_path, told):
    path = tmp_path / "new.json"
    path.write_bytes('[{"text": "Очень хорошо"}]'.encode("cp1251"))
    assert [row.texts for row in read(path, **told)] == [["Очень хорошо"]]
