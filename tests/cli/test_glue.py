"""Every task of GLUE, from an archive as it comes to a model that is judged."""

from __future__ import annotations

import json

import pytest
from glue import FILES, ROWS, without_counts, write_archive

from ftcli.tasks.catalogue import known_tasks

pytestmark = pytest.mark.slow

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

SUBMITTED = {
    "mnli": {"entailment", "neutral", "contradiction"},
    "qnli": {"entailment", "not_entailment"},
    "rte": {"entailment", "not_entailment"},
}


PUBLISHED = {
    "cola": {"train": 8551, "dev": 1043, "test": 1063},
    "sst2": {"train": 67349, "dev": 872, "test": 1821},
    "mrpc": {"train": 4076, "test": 1725},
    "stsb": {"train": 5749, "dev": 1500, "test": 1379},
    "qqp": {"train": 363846, "dev": 40430, "test": 390965},
    "mnli": {"train": 392702, "dev": 9815, "dev_mismatched": 9832, "test": 9796, "test_mismatched": 9847},
    "qnli": {"train": 104743, "dev": 5463, "test": 5463},
    "rte": {"train": 2490, "dev": 277, "test": 3000},
    "wnli": {"train": 635, "dev": 71, "test": 146},
}


def test_the_counts_are_those_of_glue():
    known = {name: {split: file.rows for split, file in task.splits.items()} for name, task in known_tasks().items()}
    assert {name: known[name] for name in PUBLISHED} == PUBLISHED


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
@pytest.mark.parametrize("source", ["downloaded/msr_paraphrase_train.txt", "msr_paraphrase_test.txt"])
def test_one_of_two_files_stands_for_both(desk, source):
    folder = write_archive("mrpc", desk.folder)
    if "/" not in source:
        for path in folder.iterdir():
            path.rename(desk.folder / path.name)
    desk.ask("download", "mrpc", "--from", source)
    assert (desk.folder / "data" / "MRPC" / "test.tsv").read_bytes().startswith(b"\xef\xbb\xbfQuality\t")
    next((desk.folder).rglob("msr_paraphrase_test.txt")).unlink()
    answer = desk.ask("download", "mrpc", "--from", source, code=1)
    assert "msr_paraphrase_test.txt: no such file or folder" in answer.message


@pytest.mark.usefixtures("counts_are_free")
def test_names_are_understood_as_they_are_written_elsewhere(desk):
    desk.ask("download", "SST-2", "--from", write_archive("sst2", desk.folder))
    assert desk.ask("train", "SST2", "--model", desk.model, "--dry-run", "--json").json["examples"]["train"] == 12


@pytest.mark.usefixtures("counts_are_free")
@pytest.mark.parametrize("name", FILES)
def test_a_submission_is_spelled_as_the_server_wants_it(desk, name):
    desk.ask("download", name, "--from", write_archive(name, desk.folder))
    run = desk.ask("train", name, "--model", desk.model, "--max-steps", 1, "--json").json["run"]
    answer = desk.ask("eval", run, "--split", "test", "--submission", "out/X.tsv", "--json").json
    assert answer["submission"] == "out/X.tsv"
    header, *lines = (desk.folder / "out" / "X.tsv").read_text().splitlines()
    assert header == "index\tprediction"
    assert [line.split("\t")[0] for line in lines] == [str(number) for number in range(ROWS["test"])]
    predicted = [line.split("\t")[1] for line in lines]
    if name == "stsb":
        assert all(0 <= float(each) <= 5 and len(each) == 5 for each in predicted)
    else:
        assert set(predicted) <= SUBMITTED.get(name, {"0", "1"})
    if name in NAMES and name not in ("stsb", "mnli"):
        names = {each: str(number) for number, each in enumerate(NAMES[name])}
        told = (desk.folder / answer["predictions"]).read_text().splitlines()
        assert [names[json.loads(line)["prediction"]] for line in told] == predicted


@pytest.mark.usefixtures("counts_are_free")
def test_the_diagnostic_set_is_answered_by_a_model_for_mnli(desk):
    desk.ask("download", "mnli", "--from", write_archive("mnli", desk.folder))
    run = desk.ask("train", "mnli", "--model", desk.model, "--max-steps", 1, "--json").json["run"]
    rows = "".join(f'{row}\tHe said "it {row}.\tIt was said.\n' for row in range(3))
    (desk.folder / "diagnostic.tsv").write_text("index\tsentence1\tsentence2\n" + rows)
    desk.ask("eval", run, "--file", "diagnostic.tsv", "--submission", "AX.tsv")
    header, *lines = (desk.folder / "AX.tsv").read_text().splitlines()
    assert (header, len(lines)) == ("index\tprediction", 3)
    assert {line.split("\t")[1] for line in lines} <= SUBMITTED["mnli"]


@pytest.mark.usefixtures("counts_are_free")
def test_a_model_folder_alone_may_make_a_submission(desk):
    desk.ask("download", "rte", "--from", write_archive("rte", desk.folder))
    model = desk.ask("train", "rte", "--model", desk.model, "--max-steps", 1, "--json").json["model"]
    options = ["eval", "--model", model, "--task", "rte", "--split", "test"]
    assert "no labels" in desk.ask(*options, code=2).message
    assert "Submission: RTE.tsv" in desk.ask(*options, "--submission", "RTE.tsv").out
    assert (desk.folder / "RTE.tsv").read_text().count("\n") == 1 + ROWS["test"]
    (desk.folder / "in-the-way").write_text("")
    answer = desk.ask(*options, "--submission", "in-the-way/RTE.tsv", code=1)
    assert "in-the-way/RTE.tsv: cannot write the submission" in answer.message
