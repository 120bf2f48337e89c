"""Every task of GLUE, from an archive as it comes to a model that is judged."""

from __future__ import annotations

import pytest
from glue import FILES, ROWS, without_counts, write_archive

from ftcli.tasks.task import known_tasks

METRICS = {"cola": "matthews_correlation", "stsb": "pearson", "mrpc": "f1", "qqp": "f1"}
SPLITS = {"mnli": ["train", "dev", "dev_mismatched", "test", "test_mismatched"]}
NAMES = {
    "cola": ["unacceptable", "acceptable"],
    "sst2": ["negative", "positive"],
    "mrpc": ["not_equivalent", "equivalent"],
    "stsb": [],
    "qqp": ["not_duplicate", "duplicate"],
    "mnli": ["entailment", "neutral", "contradiction"],
    "wnli": ["not_entailment", "entailment"],
}


@pytest.fixture
def counts_are_free(monkeypatch):
    for name, task in without_counts().items():
        monkeypatch.setitem(known_tasks(), name, task)


def test_all_of_glue_is_known():
    assert set(known_tasks()) == {*FILES, "demo"}
    assert known_tasks()["qqp"].url == "https://dl.fbaipublicfiles.com/glue/data/QQP-clean.zip"
    assert known_tasks()["qnli"].splits["train"].rows == 104_743


@pytest.mark.usefixtures("counts_are_free")
@pytest.mark.parametrize("name", FILES)
def test_a_task_of_glue_from_its_archive_to_a_score(desk, name):
    source = write_archive(name, desk.folder)
    desk.ask("download", name, "--from", source)
    answer = desk.ask("train", name, "--model", desk.model, "--max-steps", 1, "--batch-size", 4, "--json").json
    assert answer["metric"] == METRICS.get(name, "accuracy")
    assert answer["label_names"] == NAMES.get(name, ["entailment", "not_entailment"])
    assert answer["examples"] == (2 if name == "mrpc" else ROWS["dev"])
    told = desk.ask("eval", answer["run"], "--split", "test", "--json").json
    lines = (desk.folder / told["predictions"]).read_text().splitlines()
    assert len(lines) == ROWS["test"]
    assert ("accuracy" in told["metrics"]) == (name == "mrpc"), "the test set of MRPC alone has its labels"
    assert {"accuracy", "f1"} <= answer["metrics"].keys() or name == "stsb"


@pytest.mark.usefixtures("counts_are_free")
def test_mnli_has_a_second_dev_and_test_set(desk):
    desk.ask("download", "mnli", "--from", write_archive("mnli", desk.folder))
    run = desk.ask("train", "mnli", "--model", desk.model, "--max-steps", 1, "--json").json["run"]
    assert desk.ask("eval", run, "--split", "dev_mismatched", "--json").json["examples"] == ROWS["dev"] + 1
    answer = desk.ask("eval", run, "--split", "nowhere", code=2)
    assert "There are: train, dev, dev_mismatched, test, test_mismatched." in answer.message


@pytest.mark.usefixtures("counts_are_free")
def test_torn_rows_of_qqp_are_left_out_but_not_more_than_it_has(desk, monkeypatch):
    archive = write_archive("qqp", desk.folder)
    desk.ask("download", "qqp", "--from", archive)
    assert (desk.folder / "data/QQP/train.tsv").read_text().count("\n") == 1 + ROWS["train"]
    task = without_counts()["qqp"]
    strict = task.model_copy(
        update={"splits": {**task.splits, "train": task.splits["train"].model_copy(update={"broken": 1})}}
    )
    monkeypatch.setitem(known_tasks(), "qqp", strict)
    assert "QQP/train.tsv: 2 broken rows, more than 1" in desk.ask("download", "qqp", "--from", archive, code=1).message


@pytest.mark.parametrize("name", FILES)
def test_rows_must_be_as_many_as_published(desk, name):
    source = write_archive(name, desk.folder)
    assert "rows, not" in desk.ask("download", name, "--from", source, code=1).message
    assert not [path for path in (desk.folder / "data").iterdir() if path.name != ".download.lock"]


@pytest.mark.usefixtures("counts_are_free")
def test_a_folder_that_lacks_a_file_is_told(desk):
    (write_archive("mrpc", desk.folder) / "msr_paraphrase_test.txt").unlink()
    answer = desk.ask("download", "mrpc", "--from", "downloaded", code=1)
    assert "downloaded: there is no MRPC/msr_paraphrase_test.txt or msr_paraphrase_test.txt" in answer.message


@pytest.mark.usefixtures("counts_are_free")
def test_names_are_understood_as_they_are_written_elsewhere(desk):
    desk.ask("download", "SST-2", "--from", write_archive("sst2", desk.folder))
    assert desk.ask("train", "SST2", "--model", desk.model, "--dry-run", "--json").json["examples"]["train"] == 12
