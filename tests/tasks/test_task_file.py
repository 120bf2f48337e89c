"""A task of the user's own: what its TOML file may say, and what is told where it says something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.errors import DataError
from ftcli.settings.data import DataSettings
from ftcli.tasks.catalogue import find_task, known_tasks
from ftcli.tasks.load import load_dataset
from ftcli.tasks.task_file import read_task

PLAIN = """
text = "sentence"
label = "class"
metric = "f1"
[splits.train]
file = "train.csv"
"""
DOWNLOADED = PLAIN.replace("[splits", 'folder = "shop"\nurl = "https://x/y.zip"\n[splits')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [f"text {row},{'ab'[row % 2]}" for row in range(20)]
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "train.csv").write_text("\n".join(["sentence,class", *rows]))
    return tmp_path / "shop" / "shop.toml"


def refused(path: Path, text: str) -> DataError:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_task(path)
    assert caught.value.message.startswith(f"{path}: ")
    assert caught.value.hint
    return caught.value


def load(path: Path, text: str = PLAIN, **settings: Any) -> Any:
    path.write_text(text, encoding="utf-8")
    return load_dataset(DataSettings(task=str(path), **settings))


class TestOfOwnFiles:
    def test_files_lie_beside_the_description(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(path.parents[1].parent)
        data = load(path)
        assert (data.task, data.metric, data.label_names) == ("shop", "f1", ("a", "b"))
        assert [len(data.splits[name]) for name in ("train", "dev")] == [16, 4]

    def test_the_share_that_is_dev(self, path: Path) -> None:
        assert len(load(path, "dev_fraction = 0.5\n" + PLAIN).splits["dev"]) == 10

    @pytest.mark.parametrize("folder", ["elsewhere", "../elsewhere", "ABSOLUTE"])
    def test_files_lie_where_the_description_says(self, path: Path, folder: str) -> None:
        written = folder.replace("ABSOLUTE", str(path.parents[1] / "absolute"))
        place = path.parent / written
        place.mkdir()
        (path.parent / "train.csv").rename(place / "train.csv")
        assert len(load(path, f"folder = '{written}'\n" + PLAIN).splits["train"]) == 16

    def test_labels_quoting_and_missing_header(self, path: Path) -> None:
        (path.parent / "train.csv").write_text('"a;1\nb;0\n"c;1\n'.replace(";", ","))
        data = load(
            path,
            'quoting = "none"\ntext = "t"\nlabel = "n"\nmetric = "accuracy"\nlabels = {1 = "yes", 0 = "no"}\n'
            '[splits.train]\nfile = "train.csv"\ncolumns = ["t", "n"]\n[splits.dev]\nfile = "train.csv"\n'
            'columns = ["t", "n"]\n',
        )
        assert data.label_names == ("yes", "no")
        assert data.splits["train"].texts == ['"a', "b", '"c']
        assert data.splits["train"].labels.tolist() == [0, 1, 0]

    def test_delimiter_and_encoding_are_guessed(self, path: Path) -> None:
        rows = ["sentence;class", *(f"très bien {row};{'ab'[row % 2]}" for row in range(20))]
        (path.parent / "train.csv").write_bytes("\n".join(rows).encode("cp1252"))
        data = load(path)
        assert data.label_names == ("a", "b")
        assert all(text.startswith("très bien") for text in data.splits["train"].texts)

    def test_a_missing_file_is_told_by_its_path(self, path: Path) -> None:
        (path.parent / "train.csv").unlink()
        with pytest.raises(DataError, match=r"shop/train\.csv: no such file"):
            load(path)

    def test_the_name_may_be_chosen(self, path: Path) -> None:
        path.write_text(PLAIN)
        assert load_dataset(DataSettings(task="../mine", task_file=path)).task == "mine"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (("f1", "pearson"), "metric: metric 'pearson' is not for a classification"),
            (("f1", "acuracy"), "did you mean 'accuracy'"),
            (('metric = "f1"', ""), "metric: field required"),
            (('"sentence"', "1"), "text: input should be a valid string"),
            (('"class"', '"sentence"'), "must name different columns"),
            (("[splits.train]", "[splits.dev]"), "splits: there is no train"),
            (("[splits.train]", "[splits.Train]"), "splits.Train: string should match"),
            (('file = "train.csv"', ""), "splits.train.file: field required"),
            (("train.csv", ""), "splits.train.file: string should have at least 1 character"),
            (('file = "train.csv"', 'file = "a"\nrows = 0'), "splits.train.rows: input should be greater"),
            (('file = "train.csv"', 'file = "a"\nrow = 1'), "splits.train.row: there is no such key"),
            (('file = "train.csv"', 'file = "a"\nlabelled = false'), "splits.train.labelled: this split needs"),
            (("[splits.train]", '[splits.select]\nfile = "x"\n[splits.train]'), "splits.select: this name is taken"),
            (("text", "name = 'x'\ntext"), "name: there is no such key"),
            (("text", "home = '/'\ntext"), "home: there is no such key"),
            (("text", "labels = {a = 'x', b = 'x'}\ntext"), "labels: there must be two or more"),
            (("text", "labels = {a = 'x'}\ntext"), "labels: there must be two or more"),
            (("text", "kind = 'regression'\nlabels = {a = 'x', b = 'y'}\ntext"), "labels: a regression has none"),
            (("text", "bounds = [0, 5]\ntext"), "bounds: the lowest and the highest value"),
            (("text", "dev_fraction = 1.5\ntext"), "dev_fraction: input should be less than 1"),
            (("text = ", "text == "), "not a readable TOML file"),
        ],
    )
    def test_a_key(self, path: Path, change: tuple[str, str], words: str) -> None:
        assert change[0] in PLAIN
        assert words in refused(path, PLAIN.replace(*change, 1)).message

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (('"shop"', '"../shop"'), "folder: a task that is downloaded needs a folder of its own"),
            (('"shop"', '"/shop"'), "folder: "),
            (('"shop"', '"."'), "folder: "),
            (('"shop"', '".."'), "folder: "),
            (('folder = "shop"', ""), "folder: "),
            (('"train.csv"', '"../train.csv"'), "splits.train.file: a file that is downloaded has a plain name"),
            (('"train.csv"', '"a\\\\b"'), "splits.train.file: "),
            (('"train.csv"', '"a.csv"\nurl = "https://x/a.csv"'), "splits.train.url: either the task has an address"),
        ],
    )
    def test_a_path_that_would_lead_a_download_outside(self, path: Path, change: tuple[str, str], words: str) -> None:
        assert change[0] in DOWNLOADED
        assert words in refused(path, DOWNLOADED.replace(*change, 1)).message

    def test_a_file_that_can_not_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"gone\.toml: no such file"):
            find_task(str(tmp_path / "gone.toml"))
        (tmp_path / "folder.toml").mkdir()
        with pytest.raises(DataError, match=r"folder\.toml: not a readable TOML file"):
            find_task(str(tmp_path / "folder.toml"))
        (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")
        with pytest.raises(DataError, match=r"latin\.toml: not a readable TOML file"):
            find_task(str(tmp_path / "latin.toml"))

    @given(st.text(max_size=80) | st.sampled_from([PLAIN, DOWNLOADED]).flatmap(lambda text: st.just(text[::-1])))
    def test_anything_at_all(self, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
        path = tmp_path_factory.getbasetemp() / "any.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=r"any\.toml: "):
            read_task(path)


def test_what_is_downloaded_lies_in_the_data_folder(path: Path, tmp_path: Path) -> None:
    path.write_text(DOWNLOADED)
    task = find_task(str(path))
    assert task.place(tmp_path / "data") == tmp_path / "data" / "shop"
    with pytest.raises(DataError, match="is not downloaded") as caught:
        load_dataset(DataSettings(task=str(path), data_dir=tmp_path / "data"))
    assert caught.value.hint == f"Run: ftcli download {path} --data-dir {tmp_path / 'data'}"


def test_the_known_tasks_are_such_files(tmp_path: Path) -> None:
    """What is shipped can be copied, and changed."""
    import ftcli.tasks

    for file in (Path(ftcli.tasks.__file__).parent / "known").glob("*.toml"):
        copy = tmp_path / file.name
        copy.write_bytes(file.read_bytes())
        assert read_task(copy).model_dump(exclude={"home"}) == known_tasks()[file.stem].model_dump(exclude={"home"})
