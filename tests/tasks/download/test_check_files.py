"""The check of a task's files: rows, fields and columns, each violation with its file and line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ftcli.errors import DownloadError
from ftcli.tasks.download.check import check_files
from ftcli.tasks.task import Task


@pytest.fixture
def folder(tmp_path: Path, kit: SimpleNamespace) -> Path:
    for name, content in kit.FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def substitute(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def test_good_files_pass(task: Task, folder: Path) -> None:
    check_files(task, folder)


def test_line_ends_and_a_missing_last_one_pass(task: Task, folder: Path) -> None:
    substitute(folder / "test.tsv", b"\n", b"\r\n")
    (folder / "dev.tsv").write_bytes((folder / "dev.tsv").read_bytes().rstrip(b"\n"))
    check_files(task, folder)


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("train.tsv", (b"\t*\t", b"\t*"), "CoLA/train.tsv line 2: 3 tab-separated fields, not 4"),
        ("dev.tsv", (b"\t*\t", b"\t*\t\t"), "CoLA/dev.tsv line 2: 5 tab-separated fields, not 4"),
        ("test.tsv", (b"1\tC", b"C"), "CoLA/test.tsv line 3: 1 tab-separated fields, not 2"),
        ("train.tsv", (b"cat.\n", b"cat.\n\n"), "CoLA/train.tsv line 3: 1 tab-separated fields"),
        ("train.tsv", (b"\nbc01\t0\t*\tThe the cat.", b""), "CoLA/train.tsv: 2 rows, not 3"),
        ("test.tsv", (b"1\tC", b"1\tB\n2\tC"), "CoLA/test.tsv: 3 rows, not 2"),
        ("test.tsv", (b"sentence", b"text"), "CoLA/test.tsv line 1: no column sentence"),
        ("test.tsv", (b"index\tsentence\n", b""), "CoLA/test.tsv line 1: no column sentence"),
        ("dev.tsv", (b"Rode", b"R\xf6de"), "CoLA/dev.tsv line 2: not UTF-8"),
        ("dev.tsv", (b"Rode", b"x" * 2**20), "CoLA/dev.tsv line 2: longer than"),
    ],
)
def test_a_violation_is_told_with_its_place(
    task: Task, folder: Path, file: str, change: tuple[bytes, bytes], words: str
) -> None:
    substitute(folder / file, *change)
    with pytest.raises(DownloadError, match=words) as caught:
        check_files(task, folder)
    assert "--from FILE" in (caught.value.hint or "")


def test_a_missing_file_is_told(task: Task, folder: Path) -> None:
    (folder / "dev.tsv").unlink()
    with pytest.raises(DownloadError, match=r"CoLA/dev\.tsv: missing"):
        check_files(task, folder)


def test_an_empty_file_is_told(task: Task, folder: Path) -> None:
    (folder / "dev.tsv").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"CoLA/dev\.tsv: 0 rows, not 2"):
        check_files(task, folder)


def test_rows_are_free_where_the_task_says_nothing(task: Task, folder: Path) -> None:
    splits = {name: split.model_copy(update={"rows": None}) for name, split in task.splits.items()}
    substitute(folder / "train.tsv", b"\nbc01\t0\t*\tThe the cat.", b"")
    check_files(task.model_copy(update={"splits": splits}), folder)
