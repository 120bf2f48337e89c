from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from saved_datasets import save_splits, save_table

from ftcli.errors import DataError, UsageError
from ftcli.settings.data import DataSettings
from ftcli.tasks.load import load_dataset, load_file
from ftcli.tasks.settle import Settled, settle, settled

ROWS = [("the phone is fine", "good"), ("a very poor screen", "bad")] * 6


def write(path: Path, header: str = "sentence,category", mark: str = ",", encoding: str = "utf-8") -> Path:
    rows = [mark.join(row) for row in ROWS]
    path.write_text("\n".join([header.replace(",", mark), *rows]) + "\n", encoding=encoding)
    return path


def splits(folder: Path, *names: str) -> Path:
    table = pa.table({"text": [text for text, _ in ROWS], "label": [int(label == "good") for _, label in ROWS]})
    save_splits(folder, dict.fromkeys(names, table), class_names={"label": ["bad", "good"]})
    return folder


def test_what_is_found_is_told_and_settles_all(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", mark=";")
    first = settle(DataSettings(train_file=path))
    assert first.found == {
        **{"format": "csv", "delimiter": ";", "quoting": "auto", "encoding": "utf-8", "header": True},
        **{"text_column": "sentence", "pair_column": None, "label_column": "category", "regression": False},
    }
    (line,) = first.told
    assert line.startswith(
        f"Reading {path} as csv, semicolon, UTF-8: text in 'sentence', label in 'category' (2 classes); "
        "'good' counts as the positive one (--positive-label)."
    )
    again = settled(DataSettings(train_file=path))
    path.unlink()
    assert settle(again) == Settled()


QUOTED = {
    "all": '"text"\t"label"\n' + '"Fine, he said"\t"good"\n"A ""bad"" film"\t"bad"\n' * 4,
    "only where there are quotes": "text\tlabel\n" + 'Fine, he said\tgood\n"A ""bad"" film"\tbad\n' * 4,
}


@pytest.mark.parametrize("name", QUOTED)
@pytest.mark.parametrize("file", ["a.tsv", "a.txt"])
def test_fields_between_quotes_are_seen_where_there_are_tabs_too(tmp_path: Path, name: str, file: str) -> None:
    path = tmp_path / file
    path.write_text(QUOTED[name], encoding="utf-8")
    found = settle(DataSettings(train_file=path))
    assert found.found["quoting"] == "rfc4180"
    assert "tsv, tab, UTF-8, fields in quotes" in found.told[0]
    dataset = load_dataset(DataSettings(train_file=path, dev_fraction=0.5))
    assert dataset.label_names == ("bad", "good")
    assert {*dataset.splits["train"].texts} == {"Fine, he said", 'A "bad" film'}


def test_quotes_of_the_text_itself_stay(tmp_path: Path) -> None:
    """A quotation from end to end, and one that is not closed, are no sign of quoted fields."""
    path = tmp_path / "a.tsv"
    path.write_text("text\tlabel\n" + '"Come in!"\tgood\nHe said "no\tbad\n' * 4, encoding="utf-8")
    assert settle(DataSettings(train_file=path)).found["quoting"] == "auto"
    dataset = load_dataset(DataSettings(train_file=path, dev_fraction=0.5))
    assert {*dataset.splits["train"].texts} == {'"Come in!"', 'He said "no'}


def test_a_saved_data_set_may_stand_where_the_task_does(tmp_path: Path) -> None:
    folder = splits(tmp_path / "saved", "train", "validation")
    assert load_dataset(DataSettings(task=str(folder))).label_names == ("bad", "good")


def test_an_option_of_a_file_that_is_not_there_names_the_file() -> None:
    with pytest.raises(ValueError, match=r"there is no file nothing\.csv"):
        DataSettings(task="nothing.csv", label_column="y")


def test_the_positive_label_is_the_second(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv")
    assert load_dataset(DataSettings(train_file=path)).label_names == ("bad", "good")
    told = DataSettings(train_file=path, positive_label="bad")
    assert load_dataset(told).label_names == ("good", "bad")
    assert "'bad' counts as the positive one" in settle(told).told[0]
    with pytest.raises(DataError, match="--positive-label 'worse' is none of two classes"):
        load_dataset(DataSettings(train_file=path, positive_label="worse"))


def test_a_file_without_a_header_has_columns_by_position(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.csv", header=",".join(ROWS[0])) for name in ("train", "dev")]
    settings = DataSettings(train_file=paths[0], dev_file=paths[1])
    found = settle(settings)
    assert (found.found["header"], found.found["text_column"], found.found["label_column"]) == (False, "1", "2")
    assert "csv, comma, UTF-8, no header: text in '1', label in '2' (2 classes)" in found.told[0]
    assert "--delimiter, --quoting, --header, --encoding" in found.told[0]
    dataset = load_dataset(settings)
    assert dataset.sizes == {"train": 13, "dev": 13}
    recorded = DataSettings(**settled(settings).model_dump(mode="json", exclude_none=True))
    assert load_dataset(recorded).checksum == dataset.checksum
    assert list(load_file(paths[1], recorded, ["bad", "good"]).lines or ())[:2] == [1, 2]
    said = DataSettings(train_file=paths[0], header=True, text_column=ROWS[0][0], label_column="good")
    assert len(load_dataset(said).splits["train"]) + len(load_dataset(said).splits["dev"]) == 12


def test_no_header_is_for_files_with_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "label": "b"}\n')
    with pytest.raises(UsageError, match="--no-header goes with csv and tsv"):
        settle(DataSettings(train_file=path, header=False))


def test_settings_that_were_recorded_need_no_training_file(tmp_path: Path) -> None:
    """As ``ftcli eval --file`` and others have them: what is None is not in the file."""
    path = write(tmp_path / "a.csv", mark=";")
    recorded = DataSettings(**settled(DataSettings(train_file=path)).model_dump(mode="json", exclude_none=True))
    path.unlink()
    assert settle(recorded) == Settled()
    new = write(tmp_path / "new.tsv", mark="\t", header="Sentence,other")
    assert load_file(new, recorded, ["bad", "good"]).texts[0] == "the phone is fine"
    save_table(tmp_path / "saved", pa.table({"sentence": ["a"]}))
    assert load_file(tmp_path / "saved", recorded, ["bad", "good"]).texts == ["a"]


def test_what_is_said_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", header="sentence,category", mark="|")
    path.write_text(path.read_text().replace("good", "1.5").replace("bad", "0.25"))
    said: dict[str, Any] = {
        "text_column": "category",
        "label_column": "sentence",
        "regression": True,
        "delimiter": "pipe",
    }
    found = settled(DataSettings(train_file=path, **said))
    assert (found.text_column, found.label_column, found.regression, found.delimiter) == (
        "category",
        "sentence",
        True,
        "|",
    )


def test_numbers_to_predict_are_recorded_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"text {number},{number / 3:.2f}\n" for number in range(20)))
    assert settled(DataSettings(train_file=path)).regression
    assert load_dataset(DataSettings(train_file=path)).kind == "regression"
    assert not settled(DataSettings(train_file=path, regression=False)).regression


def test_files_that_differ_in_form_are_each_read_in_their_own(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", mark=";", encoding="utf-16")
    dev = tmp_path / "dev.jsonl"
    dev.write_text("".join(json.dumps({"sentence": text, "category": label}) + "\n" for text, label in ROWS))
    found = settle(DataSettings(train_file=train, dev_file=dev))
    assert {found.found[name] for name in ("format", "delimiter", "encoding")} == {"auto"}
    assert "csv, semicolon, UTF-16 (other files: jsonl, UTF-8)" in found.told[0]
    dataset = load_dataset(settled(DataSettings(train_file=train, dev_file=dev)))
    assert dataset.splits["train"].texts == dataset.splits["dev"].texts == [text for text, _ in ROWS]


def test_standard_input_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write(tmp_path / "a.csv").read_bytes()
    settings = DataSettings(train_file=Path("-"), format="csv", data_dir=tmp_path / "data")
    paths = set()
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        found = settled(settings)
        assert found.task == "stdin"
        assert found.train_file is not None
        assert found.train_file.read_bytes() == data
        paths.add(found.train_file)
    assert len(paths) == 1  # the same content lies there once
    assert load_dataset(found).splits["train"].texts


def test_standard_input_needs_a_format_and_is_read_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="standard input has no name that tells its format"):
        settle(DataSettings(train_file=Path("-"), data_dir=tmp_path))
    with pytest.raises(UsageError, match="can only be read once"):
        settle(DataSettings(train_file=Path("-"), dev_file=Path("-"), format="csv", data_dir=tmp_path))


def test_a_saved_data_set_brings_its_splits(tmp_path: Path) -> None:
    folder = splits(tmp_path / "imdb", "train", "validation", "test", "unsupervised")
    found = settled(DataSettings(train_file=folder))
    assert (found.task, found.train_file) == ("imdb", folder / "train")
    assert (found.dev_file, found.test_file) == (folder / "validation", folder / "test")
    assert load_dataset(DataSettings(train_file=folder)).label_names == ("bad", "good")
    own = settled(DataSettings(train_file=folder, dev_fraction=0.5, test_file=folder / "unsupervised", task="mine"))
    assert (own.task, own.dev_file, own.test_file) == ("mine", None, folder / "unsupervised")
    with pytest.raises(DataError, match="no split 'train' among 'a', 'b'"):
        settle(DataSettings(train_file=splits(tmp_path / "odd", "a", "b")))


SETS = [["joy", "fear"], [], ["joy"], ["anger", "joy"]] * 3


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "saved"])
def test_lists_of_labels_are_sets_of_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    texts = [text for text, _ in ROWS]
    if name == "a.jsonl":
        rows = [{"text": text, "labels": labels, "more": {"a": 1}} for text, labels in zip(texts, SETS, strict=True)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif name == "a.parquet":
        pq.write_table(pa.table({"text": texts, "labels": SETS, "words": [["a", "b"]] * 12}), path)
    else:
        names = ["joy", "fear", "anger"]
        numbers = pa.array([[names.index(each) for each in labels] for labels in SETS], pa.list_(pa.int64()))
        save_table(path, pa.table({"text": texts, "labels": numbers}))
        inner = {"names": names, "_type": "ClassLabel"}
        told = {"features": {"labels": {"feature": inner, "_type": "Sequence"}}}
        (path / "dataset_info.json").write_text(json.dumps(told))
    found = settle(DataSettings(train_file=path))
    assert (found.found["label_column"], found.found["label_separator"]) == ("labels", "|")
    assert "label in 'labels' (sets of 3 labels)" in found.told[0]
    dataset = load_dataset(DataSettings(train_file=path, dev_file=path))
    assert (dataset.kind, dataset.label_names) == ("multilabel", ("anger", "fear", "joy"))
    assert dataset.splits["train"].labels is not None
    assert dataset.splits["train"].labels[:4].tolist() == [0b110, 0, 0b100, 0b101]


def test_a_label_that_holds_the_separator_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"text": "a", "label": ["x", "y"]}, {"text": "b", "label": ["x|y"]}, {"text": "c", "label": ["y"]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=r"a\.jsonl:2: column 'label': 'x\|y' holds '\|'") as caught:
        load_dataset(DataSettings(train_file=path))
    assert "--label-separator" in str(caught.value.hint)
    dataset = load_dataset(DataSettings(train_file=path, dev_file=path, label_separator=";"))
    assert dataset.label_names == ("x", "x|y", "y")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("delimiter", ";;", "must be one character"),
        ("delimiter", '"', "must be one character"),
        ("encoding", "utf-9", "there is no such encoding"),
        ("encoding", "base64", "there is no such encoding"),
        ("encoding", "a\0b", "there is no such encoding"),
        ("format", "xlsx", "Input should be"),
    ],
)
def test_settings_that_are_none(name: str, value: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DataSettings(train_file=Path("a.csv"), **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("delimiter", "tab", "\t"),
        ("delimiter", "\\t", "\t"),
        ("encoding", "latin1", "iso8859-1"),
        ("encoding", "UTF8", "utf-8"),
    ],
)
def test_settings_by_other_names(name: str, value: str, meant: str) -> None:
    assert getattr(DataSettings(train_file=Path("a.csv"), **{name: value}), name) == meant


def test_they_do_not_go_with_a_known_task() -> None:
    with pytest.raises(ValueError, match="--delimiter goes with --train-file"):
        DataSettings(task="cola", delimiter=";")


@pytest.mark.parametrize(
    ("labels", "mark"),
    [
        (["joy|anger", "joy", "anger", "fear", ""], "|"),
        (["joy; anger", "joy", "anger; fear", "fear", "anger"], ";"),
        (["Paris, France", "Lyon, France", "Paris", "Lyon"], None),
        (["0,5", "0", "5"], None),
    ],
)
def test_what_surely_stands_between_labels_is_guessed_told_and_overridden(
    tmp_path: Path, labels: list[str], mark: str | None
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text:label\n" + "".join(f'words:"{label}"\n' for label in labels * 2))
    found = settle(DataSettings(train_file=path, delimiter=":"))
    assert found.found.get("label_separator") == mark
    if mark:
        assert "(sets of 3 labels)" in found.told[0]
        assert "--label-separator" in found.told[0]
        whole = settle(DataSettings(train_file=path, delimiter=":", label_separator="none"))
        assert whole.found.get("label_separator") is None
        assert "several in one" not in "".join(whole.told)
        again = DataSettings(train_file=path).model_copy(update=found.found)
        assert settle(again).found.get("label_separator", mark) == mark


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize("option", ["text_column", "label_column", "pair_column", "group_column"])
def test_a_column_that_is_not_there_is_refused_before_anything_is_told(tmp_path: Path, name: str, option: str) -> None:
    path = tmp_path / name
    if name == "a.csv":
        write(path)
    else:
        rows = [{"sentence": text, "category": label} for text, label in ROWS]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    more: dict[str, Any] = {"folds": 2} if option == "group_column" else {}
    with pytest.raises(DataError, match=r":1: no column 'categorie'") as caught:
        settle(DataSettings(train_file=path, **{option: "categorie"}, **more))
    assert "Columns there are: 'sentence', 'category'. Did you mean 'category'?" in str(caught.value.hint)


def test_a_column_that_holds_no_text_is_said_to(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "label": [{"b": 1}]}\n' * 4)
    with pytest.raises(DataError, match="column 'label': a list or object"):
        settle(DataSettings(train_file=path, label_column="label"))


def test_one_class_is_one_class(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,x\nb,x\n")
    assert "(1 class)" in settle(DataSettings(train_file=path)).told[0]
