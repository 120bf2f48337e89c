"""Files whose first line is a row: trained on, judged, answered and checked by the positions of their columns."""

from __future__ import annotations

import json
import tomllib

import pytest
from terminal import reviews, write_rows


def headless(desk, name, rows):
    """Rows with the text in the second of three columns."""
    rows = [(str(number), text, label) for number, (text, label) in enumerate(rows)]
    return write_rows(desk.folder / name, rows[1:], header=rows[0])


@pytest.fixture
def headless_run(desk):
    headless(desk, "own.csv", reviews(48))
    headless(desk, "other.csv", reviews(24, seed=1))
    return desk, desk.train_run("--train-file", "own.csv", "--dev-file", "other.csv", "--output", "./run")


def test_every_command_reads_them_alike(headless_run):
    desk, run = headless_run
    recorded = tomllib.loads((run / "settings.toml").read_text())
    assert (recorded["header"], recorded["text_column"], recorded["label_column"]) == (False, "2", "3")
    scores = json.loads((run / "evaluations/dev.json").read_text())["metrics"]
    assert desk.ask("eval", "./run", "--json").json["metrics"] == scores
    assert desk.ask("eval", "./run", "--file", "other.csv", "--json").json["metrics"] == pytest.approx(scores)
    by_row = desk.ask("predict", "./run", "other.csv").out
    assert (
        by_row.splitlines()
        == desk.ask("predict", "./run", stdin="".join(f"{t}\n" for t, _ in reviews(24, seed=1))).out.splitlines()
    )
    assert "1,0" not in by_row
    named = write_rows(desk.folder / "named.csv", [(text,) for text, _ in reviews(24, seed=1)], header=("text",))
    assert desk.ask("predict", "./run", named.name, "--header", "--text-column", "text").out == by_row
    shown = desk.ask("check", "own.csv", "--json").json
    assert sum(shown["examples"].values()) == 48


@pytest.mark.parametrize("command", ["eval", "predict"])
def test_a_further_file_that_has_a_header_is_not_taken_for_rows(headless_run, command):
    desk, _ = headless_run
    rows = [(str(number), text, label) for number, (text, label) in enumerate(reviews(24, seed=1))]
    write_rows(desk.folder / "named.csv", rows, header=("number", "text", "label"))
    ask = [command, "./run", *["--file"] * (command == "eval"), "named.csv"]
    refused = desk.ask(*ask, code=1).message
    assert "named.csv:1: a header, as it seems, and the run's own files have none" in refused
    columns = ["--text-column", "text", *["--label-column", "label"] * (command == "eval")]
    for option in ("--header --text-column NAME", *["--label-column NAME"] * (command == "eval")):
        assert option in refused
    desk.ask(*ask, "--header", *columns)


def test_it_is_said_and_can_be_said_otherwise(desk):
    headless(desk, "own.csv", reviews(48))
    files = ["--train-file", "own.csv", "--dev-fraction", 0.25]
    ask = ["train", *files, "--model", desk.model, "--max-steps", 1, "--dry-run"]
    assert "own.csv as csv, comma, UTF-8, no header: text in '2', label in '3' (2 classes)" in desk.ask(*ask).message
    assert "Examples: train 36, dev 12" in desk.ask(*ask, "--no-header").out
    text, label = reviews(48)[0]
    named = [*ask, "--header", "--text-column", text, "--label-column", label]
    assert "Examples: train 35, dev 12" in desk.ask(*named).out
    refused = desk.ask(*ask, "--label-column", "4", code=1)
    assert "no column '4'" in refused.message
    assert "Columns there are: '1', '2', '3'" in refused.message


def test_a_file_with_a_header_and_texts_without(desk_with_run):
    rows = "".join(f"{text},x\n" for text, _ in reviews(4))
    plain = desk_with_run.ask("predict", stdin="".join(f"{text}\n" for text, _ in reviews(4))).out
    assert desk_with_run.ask("predict", "latest", "-", "--format", "csv", "--no-header", stdin=rows).out == plain
    swapped = "".join(f"x,{text}\n" for text, _ in reviews(4))
    ask = ["predict", "latest", "-", "--format", "csv", "--no-header", "--text-column", "2"]
    assert desk_with_run.ask(*ask, stdin=swapped).out == plain
    assert "no column 'body'" in desk_with_run.ask(*ask[:-1], "body", stdin=swapped, code=1).message
