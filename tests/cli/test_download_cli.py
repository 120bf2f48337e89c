from __future__ import annotations

import pytest
from helpers import SHARED_GLUE


def test_a_table_of_the_known_tasks(desk):
    listed = desk.ask("download", "--json").json["tasks"]
    cola = next(task for task in listed if task["name"] == "cola")
    assert cola["rows"] == {"train": 8551, "dev": 1043, "test": 1063}
    assert (cola["metric"], cola["here"], cola["bytes"]) == ("matthews_correlation", False, None)
    assert "matthews_correlation" in desk.ask("download").out


def test_the_demo_can_be_trained_on(desk):
    desk.ask("download", "demo", "--train-rows", 40, "--dev-rows", 20, "--test-rows", 5)
    assert (desk.folder / "data" / "demo" / "train.tsv").read_text().count("\n") == 40
    answer = desk.ask("train", "demo", "--model", desk.model, "--max-steps", 2, "--json").json
    assert (answer["task"], answer["examples"]) == ("demo", 20)
    assert answer["label_names"] == ["unacceptable", "acceptable"]
    assert "here" in desk.ask("download").out


@pytest.mark.skipif(not (SHARED_GLUE / "CoLA.zip").is_file(), reason="the real CoLA archive is not on this machine")
def test_cola_from_a_file(desk):
    assert desk.ask("download", "cola", "--from", SHARED_GLUE / "CoLA.zip", "--json").json == {
        "downloaded": {"cola": "data/CoLA"}
    }
    plan = desk.ask("train", "--model", desk.model, "--dry-run", "--json").json
    assert plan["settings"]["task"] == "cola"
    assert plan["examples"] == {"train": 8551, "dev": 1043}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["colla"], 2, "unknown task 'colla'; did you mean 'cola'?"),
        (["cola", "--from", "nowhere.zip"], 1, "nowhere.zip"),
        (["--from", "x.zip"], 2, "--from goes with exactly one task"),
        (["demo", "--train-rows", "0"], 2, "--train-rows: input should be greater than 0"),
    ],
)
def test_what_can_not_be_had(desk, arguments, code, message):
    assert message in desk.ask("download", *arguments, code=code).message
    assert not (desk.folder / "data" / "CoLA").exists()


def test_a_seed_set_for_training_leaves_the_demo_alone(desk):
    desk.ask("download", "demo", "--train-rows", 10, "--dev-rows", 5, "--test-rows", 5)
    first = (desk.folder / "data" / "demo" / "train.tsv").read_bytes()
    desk.ask("download", "demo", "--train-rows", 10, "--dev-rows", 5, "--test-rows", 5, FTCLI_SEED="9")
    assert (desk.folder / "data" / "demo" / "train.tsv").read_bytes() == first


def test_no_bar_where_nobody_looks(desk):
    assert desk.ask("download", "demo", "--train-rows", 40).err == ""
    assert desk.ask("download", "colla", code=2).err.startswith("Error: ")
    said = desk.train("--seeds", 2, "--executor", "eager").err
    assert "\nFine-tuning " in said
    assert "\n\n" not in said
