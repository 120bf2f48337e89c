"""A task that the user describes in a TOML file, from one command to the next."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

README = Path(__file__).resolve().parents[2] / "docs" / "tasks.md"
TASK = """
title = "Is the review good?"
text = "text"
label = "label"
labels = { bad = "unhappy", good = "happy" }
metric = "f1"
[splits.train]
file = "reviews.csv"
[splits.dev]
file = "dev.csv"
"""


@pytest.fixture
def shop(desk):
    (desk.folder / "shop").mkdir()
    for name in ("reviews.csv", "dev.csv"):
        (desk.folder / name).rename(desk.folder / "shop" / name)
    (desk.folder / "shop" / "shop.toml").write_text(TASK)
    return desk


def test_a_described_task_is_trained_judged_again_and_compared(shop):
    options = ["--model", shop.model, "--max-steps", 2, "--json"]
    answer = shop.ask("train", "shop/shop.toml", *options).json
    assert (answer["run"], answer["metric"]) == ("runs/shop/baseline-seed42", "f1")
    assert answer["label_names"] == ["unhappy", "happy"]
    settings = tomllib.loads((shop.folder / answer["run"] / "settings.toml").read_text())
    assert (settings["task"], settings["task_file"]) == ("shop", "shop/shop.toml")
    assert shop.ask("eval", "--json").json["metrics"] == pytest.approx(answer["metrics"])
    again = shop.ask("train", "--config", f"{answer['run']}/settings.toml", "--json").json
    assert again["metrics"] == answer["metrics"]
    other = shop.ask("eval", "--model", answer["model"], "--task", "shop/shop.toml", "--json").json
    assert other["metrics"] == pytest.approx(answer["metrics"])
    (table,) = shop.ask("compare", "runs", "--json").json["tables"]
    assert (table["task"], table["groups"][0]["counts"]["finished"]) == ("shop", 2)


def test_a_described_task_is_named_in_the_terminal(shop):
    assert "on shop/shop.toml with" in shop.ask("train", "shop/shop.toml", "--model", shop.model, "--max-steps", 1).err


@pytest.mark.parametrize("more", [(), ("--train-size", 20), ("--seeds", 2)])
def test_skipped_rows_of_a_described_task_are_told(shop, more):
    path = shop.folder / "shop/reviews.csv"
    first, *others = path.read_text().splitlines()
    path.write_text("\n".join([first, ",", *others]) + "\n")
    answer = shop.ask("train", "shop/shop.toml", "--model", shop.model, "--max-steps", 1, *more)
    assert answer.err.count("Skipped 1 row with nothing in any field: shop/reviews.csv line 2.") == 1


def test_a_described_task_is_downloaded(shop):
    with zipfile.ZipFile(shop.folder / "shop.zip", "w") as archive:
        for name, quoted in (("train.tsv", "reviews.csv"), ("dev.tsv", "dev.csv")):
            archive.writestr(f"Shop/{name}", (shop.folder / "shop" / quoted).read_text().replace(",", "\t"))
    text = TASK.replace("text =", 'folder = "Shop"\nurl = "https://example.org/shop.zip"\ntext =')
    path = shop.folder / "mine.toml"
    path.write_text(text.replace("reviews.csv", "train.tsv").replace("dev.csv", "dev.tsv"))
    assert "Run: ftcli download mine.toml" in shop.ask("train", "mine.toml", code=1).message
    answer = shop.ask("download", "mine.toml", "--from", "shop.zip", "--json").json
    assert answer == {"downloaded": {"mine.toml": "data/Shop"}}
    plan = shop.ask("train", "mine.toml", "--model", shop.model, "--dry-run", "--json").json
    assert plan["examples"] == {"train": 48, "dev": 24}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "gone.toml"], 1, "gone.toml: no such file"),
        (["train", "shop/shop.toml", "--metric", "pearson"], 2, "metric 'pearson' is not for a classification"),
        (["train", "shop/shop.toml", "--train-file", "x.csv"], 2, "exclude each other"),
        (["train", "shop/shop.toml", "--text-column", "x"], 2, "--text-column goes with --train-file"),
        (["train", "shop/shop.toml", "--regression"], 2, "--regression does not go with task 'shop'"),
        (["download", "shop/shop.toml"], 2, "no address to download from: its files lie in shop"),
        (["eval", "--model", "x", "--task", "gone.toml"], 1, "gone.toml: no such file"),
    ],
)
def test_what_does_not_go_with_a_described_task(shop, arguments, code, words):
    assert words in shop.ask(*arguments, code=code).message


def test_the_rows_of_a_file_are_counted_where_the_task_says_how_many(shop):
    path = shop.folder / "shop" / "shop.toml"
    path.write_text(TASK.replace('file = "reviews.csv"', 'file = "reviews.csv"\nrows = 48'))
    shop.ask("check", "shop/shop.toml")
    path.write_text(TASK.replace('file = "reviews.csv"', 'file = "reviews.csv"\nrows = 50'))
    said = "shop/reviews.csv: 48 rows, and not the 50 that task 'shop' says there are"
    assert said in shop.ask("train", "shop/shop.toml", code=1).message
    assert said in shop.ask("check", "shop/shop.toml", code=1).message


def test_broken_rows_are_left_out_of_downloads_alone(shop):
    path = shop.folder / "shop" / "shop.toml"
    path.write_text(TASK.replace('file = "reviews.csv"', 'file = "reviews.csv"\nbroken = 3'))
    said = "splits.train.broken: rows are left out of what is downloaded alone"
    assert said in shop.ask("train", "shop/shop.toml", code=1).message


def test_the_example_of_the_documentation(desk):
    example = README.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    (desk.folder / "reviews.toml").write_text(example)
    (desk.folder / "reviews.csv").rename(desk.folder / "train.csv")
    plan = desk.ask("train", "reviews.toml", "--model", desk.model, "--dry-run", "--json").json
    assert plan["examples"] == {"train": 48, "dev": 24}


def test_of_a_column_that_is_not_there_the_description_is_named(shop):
    description = shop.folder / "shop" / "shop.toml"
    description.write_text(TASK.replace('label = "label"', 'label = "lable"'))
    message = shop.ask("check", "shop/shop.toml", code=1).message
    assert "shop/reviews.csv:1: no column 'lable'" in message
    assert "Did you mean 'label'? shop/shop.toml says which are read." in message
