"""Files as people have them: each trains, every row of it, or the message says what to change."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from ftcli.settings.data import DataSettings
from ftcli.tasks.load import load_dataset

pytestmark = pytest.mark.slow

UGLY = Path(__file__).parent / "ugly"
ROWS = 12
OTHER_ROWS = {"ragged.csv": 7, "broken_utf8.csv": 13}

TRAIN = {
    "excel.csv": ("csv, semicolon, UTF-8: text in 'Bewertung', label in 'Label '", ["gut", "schlecht"]),
    "latin1.csv": ("csv, comma, Windows-1252: text in 'review', label in 'sentiment'", ["gut", "schlecht"]),
    "stars.csv": ("csv, comma, UTF-8: text in 'comment', label in 'stars' (4 classes)", ["1", "2", "3", "4"]),
    "tabs.csv": ("csv, tab, UTF-8: text in 'sentence', label in 'category'", ["gut", "schlecht"]),
    "mixed_case.csv": ("The labels 'Gut', 'gut' count as 2 classes", ["Gut", "Schlecht", "gut", "schlecht"]),
    "unicode.txt": ("tsv, tab, UTF-16: text in 'Text', label in 'Klasse'", ["gut", "schlecht"]),
    "blank_rows.csv": (
        "Skipped 2 rows with nothing in any field: blank_rows.csv lines 7, 8.",
        ["gut", "schlecht"],
    ),
    "empty_rows.csv": ("Skipped 1 row with nothing in any field: empty_rows.csv line 7.", ["gut", "schlecht"]),
    "no_header.csv": ("csv, comma, UTF-8, no header: text in '1', label in '2' (2 classes)", ["gut", "schlecht"]),
    "mac.csv": ("csv, comma, UTF-8: text in 'text', label in 'label'", ["gut", "schlecht"]),
}
REFUSED = {
    "ragged.csv": ("ragged.csv:8: malformed row: 3 fields, but the header has 2", "stands between quotes"),
    "header_only.csv": ("header_only.csv:1: a header, but no rows", "Add at least one row."),
    "two_headers.csv": ("two_headers.csv:8: the header again, in the place of a row", "Take the line out."),
    "sep.csv": ("sep.csv:1: a line for Excel in the place of the header", "Take the line with 'sep=' out."),
    "decimal_comma.csv": ("decimal_comma.csv:2: the label is not a finite number: a comma", "decimals after a point"),
    "broken_utf8.csv": ("broken_utf8.csv:14: byte 0xf6 is not UTF-8", "--encoding"),
    "breaks.tsv": (
        "breaks.tsv:2: malformed row: 1 field, but the header has 2",
        "--quoting rfc4180 reads it with them",
    ),
    "columns.json": ("columns.json:1: JSON, but not an array of rows", "orient='records'"),
}


@pytest.fixture
def ugly_desk(desk):
    shutil.copytree(UGLY, desk.folder, dirs_exist_ok=True)
    return desk


def training(desk, name: str) -> list[object]:
    return ["train", "--train-file", name, "--model", desk.model, "--max-steps", 1]


def test_every_file_has_its_case():
    assert {path.name for path in UGLY.iterdir() if not path.name.startswith(".")} == {*TRAIN, *REFUSED}


@pytest.mark.parametrize("name", TRAIN)
def test_it_trains_and_says_how_it_was_read(ugly_desk, name):
    told, labels = TRAIN[name]
    answer = ugly_desk.ask(*training(ugly_desk, name))
    assert told in answer.err
    assert "To say otherwise: --format, --delimiter" in answer.err
    (recorded,) = (ugly_desk.folder / "runs").rglob("settings.toml")
    dataset = load_dataset(DataSettings(train_file=UGLY / name))
    assert sum(map(len, dataset.splits.values())) == ROWS
    assert list(dataset.label_names) == labels
    again = ugly_desk.ask("train", "--config", recorded, "--dry-run")
    assert "Reading" not in again.err  # all that reading takes is recorded
    assert tomllib.loads(recorded.read_text())["delimiter"] in ",;\t"


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_what_to_change(ugly_desk, name):
    told, fix = REFUSED[name]
    answer = ugly_desk.ask(*training(ugly_desk, name), code=1)
    assert told in answer.message
    assert fix in answer.message
    assert not (ugly_desk.folder / "runs").exists()


def as_rows(text):
    columns = json.loads(text)
    return json.dumps(
        [dict(zip(columns, row, strict=True)) for row in zip(*map(dict.values, columns.values()), strict=True)]
    )


MENDED = {
    "ragged.csv": lambda text: text.replace("Läuft seit Jahren gut, gut,gut", '"Läuft seit Jahren gut, gut",gut'),
    "header_only.csv": lambda text: text + "gut gemacht,gut\nkaputt,schlecht\n" * (ROWS // 2),
    "two_headers.csv": lambda text: text[: text.rindex("text,label\n")] + text[text.rindex("text,label\n") + 11 :],
    "sep.csv": lambda text: text.partition("\n")[2],
    "decimal_comma.csv": lambda text: re.sub(r"(\d),(\d)", r"\1.\2", text),
    "broken_utf8.csv": lambda text: text,
    "breaks.tsv": lambda text: text,
    "columns.json": as_rows,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_refused_trains_with_what_the_message_says(ugly_desk, name):
    path = ugly_desk.folder / name
    encoding = "cp1252" if name == "broken_utf8.csv" else "utf-8"
    path.write_text(MENDED[name](path.read_text(encoding=encoding)), encoding=encoding)
    options = {"broken_utf8.csv": ["--encoding", "cp1252"], "breaks.tsv": ["--quoting", "rfc4180"]}.get(name, [])
    ugly_desk.ask(*training(ugly_desk, name), *options)
    (recorded,) = (ugly_desk.folder / "runs").rglob("status.json")
    assert sum(json.loads(recorded.read_text())["examples"].values()) == OTHER_ROWS.get(name, ROWS)
