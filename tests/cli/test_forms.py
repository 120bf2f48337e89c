"""Files in any form through the commands: what was guessed is recorded, and read the same ever after."""

from __future__ import annotations

import gzip
import json
import tomllib

import pyarrow as pa
import pyarrow.parquet as pq
from saved_datasets import save_splits
from terminal import reviews


def table(rows: int, *, seed: int = 0) -> pa.Table:
    made = reviews(rows, seed=seed)
    return pa.table({"review": [text for text, _ in made], "sentiment": [label for _, label in made]})


def weights(desk, run) -> bytes:
    return (desk.folder / run / "model" / "model.safetensors").read_bytes()


def settings_of(desk, run) -> dict[str, object]:
    return tomllib.loads((desk.folder / run / "settings.toml").read_text())


def test_parquet_trains_as_csv_does_and_is_read_the_same_ever_after(desk):
    pq.write_table(table(48), desk.folder / "train.parquet")
    (desk.folder / "dev.csv.gz").write_bytes(gzip.compress((desk.folder / "dev.csv").read_bytes()))
    from_csv = desk.train("--json").json["run"]
    pq.write_table(table(24, seed=1), desk.folder / "dev.parquet")
    answer = desk.train("--train-file", "train.parquet", "--dev-file", "dev.parquet", "--json").json
    assert weights(desk, answer["run"]) == weights(desk, from_csv)
    recorded = settings_of(desk, answer["run"])
    assert (recorded["format"], recorded["text_column"], recorded["label_column"]) == ("parquet", "review", "sentiment")
    again = desk.ask("train", "--config", desk.folder / answer["run"] / "settings.toml", "--json").json
    assert weights(desk, again["run"]) == weights(desk, answer["run"])
    judged = desk.ask("eval", answer["run"], "--json").json
    assert judged["metrics"] == answer["metrics"]
    renamed = (desk.folder / "dev.csv").read_text().replace("text,label", "Sentiment;Review")
    lines = [renamed.splitlines()[0], *(";".join(reversed(row)) for row in reviews(24, seed=1))]
    (desk.folder / "other.csv").write_text("\n".join(lines))
    other = desk.ask("eval", answer["run"], "--file", "other.csv", "--json").json
    assert other["metrics"] == answer["metrics"]


def test_standard_input_can_be_read_again_later(desk):
    """It is a file by then: studies whose processes each read the data, repeats and eval depend on that."""
    given = "\n".join(json.dumps({"text": text, "label": label}) for text, label in reviews(48))
    arguments = ["train", "--train-file", "-", "--format", "jsonl", "--model", desk.model, "--max-steps", 2, "--json"]
    answer = desk.ask(*arguments, stdin=given).json
    recorded = settings_of(desk, answer["run"])
    assert recorded["task"] == "stdin"
    assert (desk.folder / str(recorded["train_file"])).read_text() == given
    again = desk.ask("train", "--config", desk.folder / answer["run"] / "settings.toml", "--json").json
    assert weights(desk, again["run"]) == weights(desk, answer["run"])
    assert desk.ask("eval", answer["run"], "--file", "-", "--json", stdin=given).json["examples"] == 48


def test_a_saved_data_set_with_its_splits(desk):
    made = table(48).rename_columns(["text", "label"])
    numbers = pa.array([int(label == "good") for label in made["label"].to_pylist()])
    made = made.set_column(1, "label", numbers)
    save_splits(
        desk.folder / "imdb", {"train": made, "validation": made.slice(0, 24)}, class_names={"label": ["bad", "good"]}
    )
    answer = desk.ask("train", "--train-file", "imdb", "--model", desk.model, "--max-steps", 1, "--json").json
    assert answer["run"].startswith("runs/imdb/")
    assert (answer["examples"], answer["label_names"]) == (24, ["bad", "good"])
    checked = desk.ask("check", "--train-file", "imdb", "--json").json
    assert checked["examples"] == {"train": 48, "dev": 24}


def test_options_of_the_form_are_named_where_they_are_wrong(desk):
    assert "--delimiter: must be one character" in desk.train("--delimiter", "ab", code=2).message
    assert "--encoding: there is no such encoding" in desk.train("--encoding", "utf-9", code=2).message
    assert "--format: input should be 'auto', 'csv'" in desk.train("--format", "xlsx", code=2).message
    assert "reviews.csv:1: malformed row: not JSON" in desk.train("--format", "jsonl", code=1).message
    told = desk.train("--delimiter", "semicolon", code=1).message
    assert "no column 'label'" in told
    assert "The header looks separated by commas, which --delimiter can say." in told
