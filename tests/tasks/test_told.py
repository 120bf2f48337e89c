from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.settings.data import DataSettings
from ftcli.tasks.settle import settle

ROWS = [("the phone is fine", "good"), ("a very poor screen", "bad")] * 6


def write(path: Path) -> Path:
    path.write_text("\n".join(["sentence,category", *(",".join(row) for row in ROWS)]) + "\n", encoding="utf-8")
    return path


def test_labels_that_keep_their_quotes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + 'Fine, "x"\nBad, "y"\n' * 4, encoding="utf-8")
    assert 'Labels such as "x" stand between quotes' in " ".join(settle(DataSettings(train_file=path)).told)


def test_a_stray_word_among_numbers_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"a text that says {number},{number / 7:.3f}" for number in range(40)]
    rows[6] = "a text without a number,N/A"
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    told = " ".join(settle(DataSettings(train_file=path)).told)
    assert f"39 of 40 labels are numbers, and {path} line 8 has 'N/A'" in told


def test_rows_with_nothing_in_them_are_told_of_every_file(tmp_path: Path) -> None:
    files = {name: write(tmp_path / f"{name}.csv") for name in ("train", "dev", "test")}
    for name in ("dev", "test"):
        files[name].write_text(files[name].read_text().replace("good\n", "good\n,\n", 1))
    told = settle(DataSettings(train_file=files["train"], dev_file=files["dev"], test_file=files["test"])).told
    assert told[1:] == tuple(
        f"Skipped 1 row with nothing in any field: {files[name]} line 3." for name in ("dev", "test")
    )


def test_labels_that_only_case_tells_apart_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,Good\nb,good \nc,GOOD\nd,very  bad\ne,very bad\n")
    told = settle(DataSettings(train_file=path)).told[1:]
    assert [line.partition(" count")[0] for line in told] == [
        "The labels 'GOOD', 'Good', 'good'",
        "The labels 'very  bad', 'very bad'",
    ]


@pytest.mark.parametrize(
    ("labels", "mark"),
    [
        (["joy|anger", "joy|fear", "anger", "fear"], "|"),
        (["joy; anger", "anger; fear", "joy; fear"], ";"),
        (["joy, anger", "joy", "anger", "fear, awe"], ","),
        (["joy|anger", "fear|awe", "joy", "anger", "none|at all"], None),
        (["Paris, France", "Lyon, France", "Bonn, Germany"], None),
        (["0,0", "0,5", "5,0", "5,5"], None),
        (["joy", "anger"], None),
    ],
)
def test_several_labels_in_a_cell_are_told(tmp_path: Path, labels: list[str], mark: str | None) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text;label\n" + "".join(f'words;"{label}"\n' for label in labels * 2))
    settings = DataSettings(train_file=path, regression=False)
    told = [line for line in settle(settings).told if "--label-separator" in line]
    assert [line.partition("--label-separator ")[2] for line in told] == (
        [f"'{mark}' takes them apart."] if mark else []
    )
    if mark:
        said = settle(DataSettings(train_file=path, label_separator=mark)).told
        assert not any("--label-separator" in line for line in said[1:])
        assert "takes them apart" not in said[0]
        assert "(sets of " in said[0]


@pytest.mark.parametrize(
    ("label", "is_told"),
    [
        ("{:.1f}%", True),
        ("$ {:.2f}", True),
        ("{:.1f} km", True),
        ("{:.1f}", False),
        ("v{:.0f}", False),
        ("{0:.1f}x{0:.1f}", False),
    ],
)
def test_numbers_with_a_unit_are_told(tmp_path: Path, label: str, is_told: bool) -> None:
    path = tmp_path / "a.csv"
    rows = [f"a text that says {number},{label.format(number % 20 / 7)}" for number in range(40)]
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    told = " ".join(settle(DataSettings(train_file=path)).told)
    assert ("are numbers with a unit: classes are made of them" in told) == is_told


def test_a_word_among_numbers_with_a_unit_is_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"a text that says {number},{number / 7:.2f}%" for number in range(40)]
    path.write_text("\n".join(["text,label", *rows, "one more,much"]) + "\n", encoding="utf-8")
    assert "with a unit" not in " ".join(settle(DataSettings(train_file=path)).told)


def test_rows_of_a_file_that_is_given_twice_are_told_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    path.write_text(path.read_text().replace("good\n", "good\n,\n", 1))
    told = settle(DataSettings(train_file=path, dev_file=path)).told
    assert told[1:] == (f"Skipped 1 row with nothing in any field: {path} line 3.",)
