from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.errors import DataError, UsageError
from ftcli.settings.data import DataSettings
from ftcli.tasks.dataset import Dataset, Examples
from ftcli.tasks.load import load_dataset, load_file, load_split
from ftcli.tasks.reading.form import Form
from ftcli.tasks.sources import safe_name

GLUE = Path(__file__).resolve().parents[3] / "shared/data/glue"


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def own(folder: Path, labels: list[str], name: str = "train.csv") -> Path:
    return write(folder / name, "text,label", *(f"text {row},{label}" for row, label in enumerate(labels)))


def numbers(examples: Examples) -> list[float]:
    assert examples.labels is not None
    return list(examples.labels.tolist())


def refused(**settings: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        load_dataset(DataSettings(**settings))
    assert caught.value.hint
    return caught.value


@pytest.fixture
def cola(tmp_path: Path) -> Path:
    write(tmp_path / "data/CoLA/train.tsv", 'g\t1\t\tFine "this.', "g\t0\t*\tNot this.", "g\t1\t\tFine too.")
    write(tmp_path / "data/CoLA/dev.tsv", "g\t0\t*\tThat not.", "g\t1\t\tThat.")
    write(tmp_path / "data/CoLA/test.tsv", "index\tsentence", "0\tWhat?")
    return tmp_path / "data"


class TestKnownTask:
    def test_load(self, cola: Path) -> None:
        data = load_dataset(DataSettings(task="CoLA", data_dir=cola))
        assert (data.task, data.kind, data.metric) == ("cola", "classification", "matthews_correlation")
        assert data.label_names == ("unacceptable", "acceptable")
        train = data.splits["train"]
        assert train.texts == ['Fine "this.', "Not this.", "Fine too."]
        assert train.pairs is None
        assert numbers(train) == [1, 0, 1]
        assert train.labels is not None
        assert train.labels.dtype == np.int64
        assert train.ids == ["0", "1", "2"]
        assert data.splits["test"].labels is None
        assert list(data.splits) == ["train", "dev", "test"]

    def test_other_metric(self, cola: Path) -> None:
        assert load_dataset(DataSettings(task="cola", data_dir=cola, metric="f1")).metric == "f1"
        with pytest.raises(UsageError, match="pearson"):
            load_dataset(DataSettings(task="cola", data_dir=cola, metric="pearson"))

    def test_not_downloaded(self, cola: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(cola.parent)
        (cola / "CoLA/dev.tsv").unlink()
        error = refused(task="cola")
        assert error.message == "task 'cola' is not downloaded: data/CoLA/dev.tsv is missing"
        assert error.hint == "Run: ftcli download cola"
        assert refused(task="cola", data_dir="else").hint == "Run: ftcli download cola --data-dir else"

    def test_label_that_the_task_does_not_have(self, cola: Path) -> None:
        path = write(cola / "CoLA/dev.tsv", "g\t0\t\tA.", "g\t2\t\tB.")
        error = refused(task="cola", data_dir=cola)
        assert error.message == f"{path}:2: unknown label '2'"
        assert "'0', '1'" in str(error.hint)

    def test_unknown_task(self) -> None:
        with pytest.raises(UsageError, match="did you mean 'cola'"):
            load_dataset(DataSettings(task="colla"))

    def test_no_regression_of_classes(self, cola: Path) -> None:
        with pytest.raises(UsageError, match="--regression"):
            load_dataset(DataSettings(task="cola", data_dir=cola, regression=True))

    def test_no_data_named(self) -> None:
        with pytest.raises(UsageError, match="no data"):
            load_dataset(DataSettings())

    def test_pairs_and_targets(self, tmp_path: Path) -> None:
        for split in ("train", "dev"):
            rows = ("index\tsentence1\tsentence2\tscore", "0\tA\tB\t2.5", "1\tC\tD\t0")
            write(tmp_path / f"STS-B/{split}.tsv", *rows)
        write(tmp_path / "STS-B/test.tsv", "sentence1\tsentence2", "A\tB")
        data = load_dataset(DataSettings(task="stsb", data_dir=tmp_path))
        assert (data.kind, data.metric, data.label_names) == ("regression", "pearson", ())
        assert data.splits["train"].pairs == ["B", "D"]
        assert numbers(data.splits["train"]) == [2.5, 0]
        assert data.splits["train"].labels is not None
        assert data.splits["train"].labels.dtype == np.float32


@pytest.mark.parametrize(
    ("task", "folder", "rows"),
    [
        ("cola", "CoLA", (8551, 1043, 1063)),
        ("rte", "RTE", (2490, 277, 3000)),
        ("wnli", "WNLI", (635, 71, 146)),
        ("stsb", "STS-B", (5749, 1500, 1379)),
    ],
)
def test_real_data(task: str, folder: str, rows: tuple[int, int, int], tmp_path: Path) -> None:
    archive = GLUE / f"{folder}.zip"
    if not archive.exists():
        pytest.skip(f"{archive} is absent")
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path)
    data = load_dataset(DataSettings(task=task, data_dir=tmp_path))
    assert tuple(len(data.splits[name]) for name in ("train", "dev", "test")) == rows
    assert data.splits["test"].labels is None
    assert all(text.strip() == text for text in data.splits["dev"].texts[:50])
    labels = data.splits["train"].labels
    assert labels is not None
    if task == "stsb":
        assert (labels.min(), labels.max()) == (0, 5)
    else:
        assert set(labels.tolist()) == {0, 1}
    if task == "cola":
        assert labels.mean() == pytest.approx(0.704, abs=0.001)  # Warstadt et al. 2019: 70.4 % acceptable


class TestOwnFiles:
    def test_load(self, tmp_path: Path) -> None:
        train = own(tmp_path, ["no", "yes", " yes ", "maybe"], "my reviews!.csv")
        dev = write(tmp_path / "dev.tsv", "LABEL\ttext", 'yes\tSay "yes')
        test = write(tmp_path / "test.jsonl", json.dumps({"text": "a", "label": "no"}))
        data = load_dataset(DataSettings(train_file=train, dev_file=dev, test_file=test))
        assert (data.task, data.kind, data.metric) == ("my-reviews", "classification", "accuracy")
        assert data.label_names == ("maybe", "no", "yes")
        assert [numbers(data.splits[name]) for name in ("train", "dev", "test")] == [[1, 2, 2, 0], [2], [1]]
        assert data.splits["dev"].texts == ['Say "yes']

    def test_columns_and_quoting(self, tmp_path: Path) -> None:
        train = write(tmp_path / "a.csv", "q,a,class", '"x,y,1', "z,w,0")
        settings = DataSettings(
            train_file=train,
            dev_file=train,
            text_column="q",
            pair_column="a",
            label_column="class",
            quoting="none",
        )
        split = load_dataset(settings).splits["train"]
        assert (split.texts, split.pairs, numbers(split)) == (['"x', "z"], ["y", "w"], [1, 0])

    @pytest.mark.parametrize(
        ("labels", "names"),
        [
            (["10", "9", "-1"], ("-1", "9", "10")),
            (["10", "9", "x"], ("10", "9", "x")),
            (["1.0", "0.0"], ("0.0", "1.0")),
            (["9" * 5000, "10"], ("10", "9" * 5000)),
        ],
        ids=["numbers", "mixed", "floats", "huge"],
    )
    def test_natural_order(self, tmp_path: Path, labels: list[str], names: tuple[str, ...]) -> None:
        path = own(tmp_path, labels)
        assert load_dataset(DataSettings(train_file=path, dev_file=path)).label_names == names

    def test_known_name_is_just_a_name(self, tmp_path: Path) -> None:
        data = load_dataset(DataSettings(task="cola", train_file=own(tmp_path, ["a", "b"] * 5)))
        assert (data.task, data.metric, data.label_names) == ("cola", "accuracy", ("a", "b"))

    def test_label_unknown_to_train(self, tmp_path: Path) -> None:
        for option in ("dev_file", "test_file"):
            other = own(tmp_path, ["a", "c"], "other.csv")
            error = refused(train_file=own(tmp_path, ["a", "b"] * 5), **{option: other})
            assert error.message == f"{other}:3: unknown label 'c'"
            assert "'a', 'b'" in str(error.hint)

    def test_empty_label(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["a", " ", "b"])
        assert refused(train_file=path).message == f"{path}:3: the label is empty"

    def test_all_rows_that_lack_something_are_told(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["a", " ", "b", "", "a", *[""] * 9])
        told = "the label is empty; so it is in 10 more (lines 5, 7, 8, 9, 10 ...)"
        assert refused(train_file=path).message == f"{path}:3: {told}"
        path = write(tmp_path / "own.csv", "text,label", "x,a", " ,b", "y,b", ",b")
        assert refused(train_file=path).message == f"{path}:3: column 'text' is empty; so it is in 1 more (line 5)"

    @pytest.mark.parametrize(("there", "other", "hint"), [("3", "3.0", " Write '3' for it."), ("0.0", "7", "")])
    def test_a_number_in_another_spelling(self, tmp_path: Path, there: str, other: str, hint: str) -> None:
        dev = own(tmp_path, [there, other], "dev.csv")
        error = refused(train_file=own(tmp_path, [there, "1"] * 5), dev_file=dev, regression=False)
        assert error.message == f"{dev}:3: unknown label '{other}'"
        assert str(error.hint).endswith(f".{hint}")

    @pytest.mark.parametrize("split", ["train", "dev", "test"])
    def test_empty_text(self, tmp_path: Path, split: str) -> None:
        files = {f"{name}_file": own(tmp_path, ["a", "b"] * 3, f"{name}.csv") for name in ("train", "dev", "test")}
        path = write(tmp_path / f"{split}.csv", "text,label", "x,a", " \u2003,b", "y,b")
        assert refused(**files).message == f"{path}:3: column 'text' is empty"

    @pytest.mark.parametrize("labels", [["a"], ["a", "a ", "a"], ["", ""]])
    def test_nothing_to_learn(self, tmp_path: Path, labels: list[str]) -> None:
        path = own(tmp_path, labels)
        error = refused(train_file=path, dev_file=path)
        assert error.message.startswith(f"{path}:")
        assert "nothing to learn" in error.message

    def test_missing_column(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "sentence,label", "a,b")
        error = refused(train_file=path, text_column="text")
        assert error.message == f"{path}:1: no column 'text'"
        assert "--text-column" in str(error.hint)

    def test_columns_must_differ(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="different columns"):
            load_dataset(DataSettings(train_file=own(tmp_path, ["a", "b"]), text_column="text", pair_column="text"))

    def test_metric(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["a", "b"] * 5)
        assert load_dataset(DataSettings(train_file=path, metric="matthews_correlation")).metric.startswith("mat")
        with pytest.raises(UsageError, match="did you mean 'accuracy'"):
            load_dataset(DataSettings(train_file=path, metric="accurracy"))

    @pytest.mark.parametrize("rows", [["text", "a"], ["text,label", "a,"], ["text,label", "a, "]])
    def test_unlabelled_test(self, tmp_path: Path, rows: list[str]) -> None:
        test = write(tmp_path / "test.csv", *rows)
        data = load_dataset(DataSettings(train_file=own(tmp_path, ["a", "b"] * 5), test_file=test))
        assert data.splits["test"].labels is None

    def test_half_labelled_test(self, tmp_path: Path) -> None:
        test = own(tmp_path, ["a", "", "b"], "test.csv")
        error = refused(train_file=own(tmp_path, ["a", "b"] * 5), test_file=test)
        assert error.message == f"{test}:3: the label is empty"


class TestRegression:
    def test_load(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["0.5", " 1e1 ", "-3"])
        data = load_dataset(DataSettings(train_file=path, dev_file=path, regression=True))
        assert (data.kind, data.metric, data.label_names) == ("regression", "pearson", ())
        assert numbers(data.splits["train"]) == [0.5, 10, -3]

    @pytest.mark.parametrize("label", ["good", "nan", "inf", "-Infinity", "1e39", "1_000", '"1,5"'])
    def test_not_a_finite_number(self, tmp_path: Path, label: str) -> None:
        path = own(tmp_path, ["1", label, "2"])
        message = refused(train_file=path, dev_file=path, regression=True).message
        assert message.startswith(f"{path}:3: ")
        assert "finite number" in message

    def test_dev_set_aside(self, tmp_path: Path) -> None:
        data = load_dataset(DataSettings(train_file=own(tmp_path, [str(n) for n in range(20)]), regression=True))
        assert (len(data.splits["train"]), len(data.splits["dev"])) == (16, 4)


def ids(data: Dataset, split: str) -> list[str]:
    return list(data.splits[split].ids)


class TestDrawing:
    def test_dev_is_set_aside(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["a"] * 30 + ["b"] * 20)
        data = load_dataset(DataSettings(train_file=path))
        assert sorted(ids(data, "train") + ids(data, "dev"), key=int) == [str(row) for row in range(50)]
        assert np.bincount(np.array(numbers(data.splits["dev"]), int)).tolist() == [6, 4]
        assert all(text == f"text {row}" for row, text in zip(ids(data, "dev"), data.splits["dev"].texts, strict=True))
        assert len(load_dataset(DataSettings(train_file=path, dev_fraction=0.5)).splits["dev"]) == 25

    def test_order_of_drawing(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["a", "b"] * 50)
        whole = load_dataset(DataSettings(train_file=path, subset_seed=4))
        data = load_dataset(DataSettings(train_file=path, subset_seed=4, train_size=40, select_fraction=0.25))
        assert [len(data.splits[name]) for name in ("train", "dev", "select")] == [30, 20, 10]
        assert ids(data, "dev") == ids(whole, "dev")
        assert not {*ids(data, "train")} & {*ids(data, "select")}
        assert {*ids(data, "train"), *ids(data, "select")} <= {*ids(whole, "train")}

    def test_seed(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["a", "b"] * 50)
        settings = [DataSettings(train_file=path, train_size=20, subset_seed=seed) for seed in (0, 0, 1)]
        first, again, other = (ids(load_dataset(each), "train") for each in settings)
        assert first == again != other

    def test_known_task(self, cola: Path) -> None:
        data = load_dataset(DataSettings(task="cola", data_dir=cola, train_size=2))
        assert sorted(numbers(data.splits["train"])) == [0, 1]
        assert len(data.splits["dev"]) == 2

    def test_more_than_there_is(self, cola: Path) -> None:
        with pytest.raises(UsageError, match="--train-size 9 is more than the 3 "):
            load_dataset(DataSettings(task="cola", data_dir=cola, train_size=9))

    def test_too_few_for_a_dev_set(self, tmp_path: Path) -> None:
        assert "--dev-file" in str(refused(train_file=own(tmp_path, ["a", "b"])).hint)


class TestOneSplit:
    @pytest.mark.parametrize("split", ["train", "dev", "test", "select"])
    def test_same_as_the_whole(self, tmp_path: Path, split: str) -> None:
        settings = DataSettings(
            train_file=own(tmp_path, ["a", "b", "c"] * 20),
            test_file=own(tmp_path, ["b", "a"], "test.csv"),
            train_size=30,
            select_fraction=0.2,
        )
        whole = load_dataset(settings).splits[split]
        one = load_split(settings, split)
        assert (one.ids, one.texts, numbers(one)) == (whole.ids, whole.texts, numbers(whole))
        turned = load_split(settings, split, ["c", "b", "a"])
        assert turned.ids == whole.ids
        assert numbers(turned) == [2 - number for number in numbers(whole)]

    def test_reads_no_other_file(self, tmp_path: Path) -> None:
        test = own(tmp_path, ["b", "a"], "test.csv")
        settings = DataSettings(train_file=tmp_path / "gone.csv", test_file=test)
        assert numbers(load_split(settings, "test", ["a", "b"])) == [1, 0]

    def test_known_task(self, cola: Path) -> None:
        settings = DataSettings(task="cola", data_dir=cola)
        assert numbers(load_split(settings, "dev")) == [0, 1]
        assert numbers(load_split(settings, "dev", ["acceptable", "unacceptable"])) == [1, 0]
        with pytest.raises(DataError, match="does not know the label 'acceptable'"):
            load_split(settings, "dev", ["unacceptable", "other"])

    def test_no_such_split(self, cola: Path) -> None:
        with pytest.raises(UsageError, match="no split 'select'") as caught:
            load_split(DataSettings(task="cola", data_dir=cola), "select")
        assert "train, dev, test" in str(caught.value.hint)


class TestFurtherFile:
    NAMES = ("unacceptable", "acceptable")

    def test_known_task_that_is_not_here(self, tmp_path: Path) -> None:
        path = write(tmp_path / "new.csv", "sentence,label", '"A, b.",acceptable', "C.,0")
        examples = load_file(path, DataSettings(task="cola", data_dir=tmp_path), self.NAMES)
        assert (examples.texts, numbers(examples)) == (["A, b.", "C."], [1, 0])

    def test_own_form(self, tmp_path: Path) -> None:
        path = write(tmp_path / "new.tsv", "sentence", '"A\tb"')
        form = Form(quoting="rfc4180")
        examples = load_file(path, DataSettings(task="cola"), self.NAMES, form)
        assert examples.texts == ["A\tb"]
        assert examples.labels is None

    def test_a_label_that_the_model_does_not_know(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["anything"])
        with pytest.raises(DataError, match="unknown label 'anything'"):
            load_file(path, DataSettings(train_file=tmp_path / "gone.csv"), ["a", "b"])

    def test_regression(self, tmp_path: Path) -> None:
        path = own(tmp_path, ["1.5"])
        assert numbers(load_file(path, DataSettings(train_file=path, regression=True), [])) == [1.5]


@pytest.mark.parametrize(
    ("name", "safe"),
    [("train", "train"), ("a b/c", "a-b-c"), ("../x", "x"), ("Müll", "Müll"), ("...", "data"), ("x" * 300, "x" * 100)],
)
def test_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe
