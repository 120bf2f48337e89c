"""GLUE's archives in small: the files of each task with its columns, quirks and spellings, and a few rows."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ftcli.tasks.catalogue import find_task, known_tasks
from ftcli.tasks.task import Task

Files = Mapping[str, str]
ROWS = {"train": 12, "dev": 6, "test": 4}
_PARSES = ["sentence1_binary_parse", "sentence2_binary_parse", "sentence1_parse", "sentence2_parse"]
_MNLI = ["index", "promptID", "pairID", "genre", *_PARSES, "sentence1", "sentence2"]
_STSB = ["index", "genre", "filename", "year", "old_index", "source1", "source2", "sentence1", "sentence2"]


def _table(header: Sequence[str] | None, rows: int, labels: Sequence[str] | None) -> str:
    """Rows of words for the texts, an odd quote among them, and a label behind where there are some."""
    names = header or ["source", "label", "mark", "sentence"]
    lines = ["\t".join(names)] if header else []
    for row in range(rows):
        fields = [f'{name} "{row} of the' if _is_text(name) else str(row) for name in names]
        if labels:
            place = names.index("label") if header is None else len(names) - 1
            fields[place] = labels[row % len(labels)]
        lines.append("\t".join(fields))
    return "\n".join(lines) + "\n"


def _is_text(name: str) -> bool:
    return name.startswith(("sentence", "question", "#")) and not name.endswith("ID")


def _tables(columns: Sequence[str], labels: Sequence[str], name: str = "label", test: Sequence[str] = ()) -> Files:
    labelled = [*columns, name]
    return {
        "train.tsv": _table(labelled, ROWS["train"], labels),
        "dev.tsv": _table(labelled, ROWS["dev"], labels),
        "test.tsv": _table(test or columns, ROWS["test"], None),
    }


def _cola() -> Files:
    return {
        "train.tsv": _table(None, ROWS["train"], "01"),
        "dev.tsv": _table(None, ROWS["dev"], "01"),
        "test.tsv": _table(["index", "sentence"], ROWS["test"], None),
        "original/raw/in_domain_train.tsv": "no part of the task\n",
    }


def _qqp() -> Files:
    files = dict(_tables(["id", "qid1", "qid2", "question1", "question2"], "01", "is_duplicate"))
    files["test.tsv"] = "id\tquestion1\tquestion2\n" + "".join(f"{row}\tWhy?\tWhat {row}?\n" for row in range(3))
    files["test.tsv"] += "3\tWhy?\t\n"
    # A question with a line break in it, torn in two.
    *rows, last = files["train.tsv"].splitlines(keepends=True)
    *first, _, label = last.split("\t")
    files["train.tsv"] = "".join([*rows, "\t".join([*first, "", label])])  # as two rows of the real one are
    files["train.tsv"] += '9\t9\t9\tWho was "he\n"\tWas he real? What is the evidence?\t0\n'
    return files


def _mnli() -> Files:
    labels = ["neutral", "contradiction", "entailment"]
    dev = [*_MNLI, *(f"label{number}" for number in range(1, 6)), "gold_label"]
    return {
        "train.tsv": _table([*_MNLI, "label1", "gold_label"], ROWS["train"], labels),
        "dev_matched.tsv": _table(dev, ROWS["dev"], labels),
        "dev_mismatched.tsv": _table(dev, ROWS["dev"] + 1, labels),
        "test_matched.tsv": _table(_MNLI, ROWS["test"], None),
        "test_mismatched.tsv": _table(_MNLI, ROWS["test"] + 1, None),
        "original/Icon\r": "",
    }


def _mrpc() -> Files:
    """Quality comes first, behind a byte-order mark; lines end as on Windows."""
    header = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n"

    def rows(count: int) -> str:
        return "".join(f'{row % 2}\t{row}\t{row}1\tHe said "it {row}.\tIt was said {row}.\r\n' for row in range(count))

    return {"msr_paraphrase_train.txt": header + rows(20), "msr_paraphrase_test.txt": header + rows(4)}


_ENTAILMENT = ["entailment", "not_entailment"]
FILES: dict[str, Callable[[], Files]] = {
    "cola": _cola,
    "sst2": lambda: _tables(["sentence"], "01", test=["index", "sentence"]),
    "mrpc": _mrpc,
    "stsb": lambda: _tables(_STSB, ["5.000", "0.000", "2.600"], "score"),
    "qqp": _qqp,
    "mnli": _mnli,
    "qnli": lambda: _tables(["index", "question", "sentence"], _ENTAILMENT),
    "rte": lambda: _tables(["index", "sentence1", "sentence2"], _ENTAILMENT),
    "wnli": lambda: _tables(["index", "sentence1", "sentence2"], "01"),
}
"""The files of each task, by name, as its archive holds them."""


def write_archive(name: str, folder: Path) -> Path:
    """Write a task's archive, or the folder with its files where it has none."""
    task, files = find_task(name), FILES[name]()
    if task.url is None:
        place = folder / "downloaded"
        place.mkdir()
        for file, text in files.items():
            (place / file).write_bytes(text.encode())
        return place
    archive = folder / Path(task.url).name
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for file, text in files.items():
            opened.writestr(f"{task.folder}/{file}", text.encode())
    return archive


def without_counts() -> dict[str, Task]:
    """All known tasks, with any number of rows."""
    return {
        name: task.model_copy(
            update={
                "splits": {split: file.model_copy(update={"rows": None}) for split, file in task.splits.items()},
            }
        )
        for name, task in known_tasks().items()
    }
