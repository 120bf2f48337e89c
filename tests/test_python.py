"""ftcli from Python: the README's lines run as they stand, and mistakes say what to mend."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import write_reviews

import ftcli
from ftcli.api import download
from ftcli.settings.download import DownloadSettings

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture
def files(tmp_path, tiny_model, monkeypatch) -> dict[str, object]:
    """What a short training is told, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return {
        "train_file": write_reviews(tmp_path / "reviews.csv", 48),
        "model": str(tiny_model),
        "batch_size": 8,
        "max_steps": 3,
    }


def in_process(folder: Path, code: str) -> str:
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, timeout=240, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_lines_of_the_readme(tmp_path):
    download("demo", DownloadSettings(data_dir=tmp_path / "data", train_rows=48, dev_rows=24, test_rows=24))
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in lines.splitlines() if line]) <= 10
    first, *answers, study, baseline, rdrop = in_process(tmp_path, lines).splitlines()
    assert Path(tmp_path / first.split()[0], "model").is_dir()
    assert all(re.fullmatch(r"(un)?acceptable {.*}", answer) for answer in answers)
    assert len(answers) == len(json.loads(study.rpartition(" ")[0])) == 2
    assert (baseline.split()[0], rdrop.split()[0]) == ("baseline", "rdrop")


def test_importing_it_loads_nothing_heavy(tmp_path):
    heavy = "torch transformers sklearn scipy pydantic typer rich"
    code = f"import sys, ftcli; ftcli.__version__; print(set('{heavy}'.split()) & set(sys.modules))"
    assert in_process(tmp_path, code) == "set()\n"
    code = "import sys; from ftcli import train, compare_runs; print({'torch', 'typer', 'rich'} & set(sys.modules))"
    assert in_process(tmp_path, code) == "set()\n"


def test_every_name_is_there():
    assert {name for name in ftcli.__all__ if getattr(ftcli, name).__doc__} == set(ftcli.__all__)
    with pytest.raises(AttributeError, match="no attribute 'fly'"):
        ftcli.fly  # noqa: B018


def test_a_run_and_what_comes_after_it(files):
    run = ftcli.train(**files, strategy=["rdrop"], rdrop={"alpha": 2}, seed=3)
    assert run.path == Path("runs/reviews/rdrop-seed3")
    assert run.metrics[run.trained.evaluation.metric] == run.score
    assert len(run.predictions.read_text(encoding="utf-8").splitlines()) == run.trained.evaluation.examples
    again = ftcli.evaluate(run=run.path, output=Path("again"))
    assert (again.score, again.metrics) == (run.score, run.metrics)
    assert again.predictions is not None
    assert again.predictions.read_bytes() == run.predictions.read_bytes()


def test_answers_to_texts_are_those_to_the_same_in_a_file(files):
    run = ftcli.train(**files)
    texts = ["the phone is great", 'a "poor"\nscreen, and broken', "très bon"]
    found = list(ftcli.predict(run=run.path, texts=texts, with_text=True))
    assert [answer["text"] for answer in found] == texts
    Path("new.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    assert list(ftcli.predict(run=run.path, file="new.jsonl", with_text=True)) == found
    assert list(ftcli.predict(run=run.path, texts=[])) == []
    assert [answer["prediction"] is None for answer in ftcli.predict(run=run.path, texts=["", "fine", " "])] == [
        *(True, False, True)
    ]
    with pytest.raises(ftcli.FtcliError, match="nix"):
        ftcli.predict(run="nix", texts=texts)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("hi", "a single text is given"),
        ([("a", "b", "c")], r"texts\[0\] is neither a text nor a pair"),
        (["a", 3], r"texts\[1\] is neither a text nor a pair"),
        (["a", ("b", "c")], r"texts\[1\] and texts\[0\] are not alike"),
    ],
)
def test_texts_that_are_none_are_refused(texts, message):
    with pytest.raises(ftcli.FtcliError, match=message):
        ftcli.predict(texts=texts)


@pytest.mark.parametrize("given", [{}, {"texts": ["a"], "file": "new.csv"}])
def test_either_texts_or_a_file_is_answered(given):
    with pytest.raises(ftcli.FtcliError, match="either texts or a file"):
        ftcli.predict(**given)


def test_pairs_for_a_model_of_single_texts_are_refused_in_the_words_of_the_call(files):
    run = ftcli.train(**files)
    with pytest.raises(ftcli.FtcliError, match=r"^texts\[0\] is a pair, and the model answers single texts") as caught:
        ftcli.predict(run=run.path, texts=[("one", "two")])
    assert "--" not in str(caught.value)
    with pytest.raises(ftcli.FtcliError, match="--pair-column"):
        ftcli.predict(run=run.path, file="dev.csv", pair_column="label")


def test_pairs_of_texts_are_answered_as_pairs(files):
    rows = ["good,bad,label", *(f"word {number},other {number},{'ab'[number % 2]}" for number in range(40))]
    Path("pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = {"train_file": "pairs.csv", "text_column": "good", "pair_column": "bad", "label_column": "label"}
    run = ftcli.train(**files | told)
    with pytest.raises(ftcli.FtcliError, match=r"texts\[0\] is one text, and the model answers pairs"):
        ftcli.predict(run=run.path, texts=["one", "two"])
    (answer,) = ftcli.predict(run=run.path, texts=[("one", "two")], with_text=True)
    assert (answer["text"], answer["pair"]) == ("one", "two")
    assert answer["prediction"] in {"a", "b"}


def test_data_is_looked_over(files):
    Path("reviews.csv").write_text("text,label\n" + "fine,good\n,bad\npoor,bad\n" * 10, encoding="utf-8")
    found = ftcli.check(train_file="reviews.csv")
    assert found.findings


def test_settings_as_an_object_and_keywords_over_them(files):
    settings = ftcli.TrainSettings(**files, strategy=["rdrop"], rdrop={"alpha": 3}, save_model=False)
    run = ftcli.train(settings, seed=9, max_steps=2)
    assert (run.path.name, run.trained.steps) == ("rdrop-seed9", 2)
    assert run.run.read_settings()["rdrop"] == {"alpha": 3.0}


def test_a_study_of_two_seeds(files):
    study = ftcli.train_study(**files, seeds=2, executor="eager", save_model=False)
    assert (len(study.scores), len(study.finished)) == (2, 2)
    (table,) = ftcli.compare_runs(paths=[study.path]).tables
    assert table.groups[0].mean == study.mean


def test_the_environment_is_not_read(files, monkeypatch):
    monkeypatch.setenv("FTCLI_LR", "7")
    monkeypatch.setenv("FTCLI_STRATEGY", "mixout")
    run = ftcli.train(**files, save_model=False)
    assert run.run.read_settings()["lr"] == 1e-4
    assert run.path.name == "baseline-seed42"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lr": -1}, "'lr' in the call: input should be greater than 0"),
        ({"lrate": 3}, "'lrate' in the call: there is no such setting; did you mean lr?"),
        ({"rdrop": {"alpa": 1}}, "'rdrop.alpa' in the call: there is no such setting; did you mean rdrop.alpha?"),
        ({"strategy": ["rdop"]}, "unknown strategy 'rdop'; did you mean 'rdrop'"),
        ({"seeds": 3}, "From Python that is train_study"),
        ({"task": None, "train_file": None}, "no task is named"),
    ],
)
def test_mistakes_say_what_to_mend(files, values, message):
    with pytest.raises(ftcli.FtcliError) as caught:
        ftcli.train(**files | values)
    assert message in str(caught.value)
    assert not Path("runs").exists()


@pytest.mark.parametrize("function", ["train", "compare_runs", "predict"])
def test_what_is_no_settings_is_told(function):
    with pytest.raises(ftcli.FtcliError, match=r"'reviews' stands where a .*Settings may stand"):
        getattr(ftcli, function)("reviews")
