"""What the shell offers after a press of Tab."""

from __future__ import annotations

import pytest
from helpers import make_run
from terminal import run

from ftcli.cli import completion
from ftcli.recipes.discovery import all_strategies
from ftcli.tasks.catalogue import known_tasks


def test_tasks():
    assert completion.tasks("") == list(known_tasks())
    assert completion.tasks("c") == ["cola"]
    assert completion.tasks("nothing") == []


def test_strategies():
    assert completion.strategies("") == list(all_strategies())
    assert completion.strategies("re") == ["reinit", "recadam"]


def test_presets():
    assert completion.presets("o") == ["original"]


def test_models():
    assert completion.models("bert") == ["bert", "bert-large"]
    assert "onboard" in completion.models("")


def test_runs_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert completion.runs("") == []
    for name in ["cola/a", "cola/b", "rte/a"]:
        make_run(tmp_path / "runs" / name)
    assert completion.runs("") == ["cola/a", "cola/b", "rte/a"]
    assert completion.runs("cola/") == ["cola/a", "cola/b"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ftcli tr", "train"),
        ("ftcli train w", "wnli"),
        ("ftcli train --preset o", "original"),
        ("ftcli train --strategy grouped", "grouped_layerwise_lrd"),
        ("ftcli train --model rob", "roberta"),
        ("ftcli train --rdrop-a", "--rdrop-alpha"),
        ("ftcli download r", "rte"),
        ("ftcli strategies sw", "swa"),
        ("ftcli eval cola/", "cola/a"),
        ("ftcli eval --task d", "demo"),
    ],
)
def test_shell_is_offered(tmp_path, line, offered):
    make_run(tmp_path / "runs" / "cola" / "a")
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_FTCLI_COMPLETE": "complete_bash"}
    assert run(tmp_path, **words).out.split() == [offered]
