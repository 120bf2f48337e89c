"""What steers a terminal does not reach it from data, names or a stranger's run folder: not through any command."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from typing import Any

import pytest
import typer.main
from terminal import Desk
from typer.testing import CliRunner

from ftcli.cli.app import build
from ftcli.engine.eager import EagerExecutor

pytestmark = pytest.mark.slow

HOSTILE = "\x1b[31m\x1b]0;title\x07\x9b2J\u202e[bold]"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LABELS = [f"{HOSTILE}{number}" for number in range(2)]


@pytest.fixture(scope="module")
def hostile_desk(tmp_path_factory, tiny_model) -> Desk:
    """A run on data full of such characters, and others whose files a stranger has written."""
    desk = Desk(tmp_path_factory.mktemp("hostile"), tiny_model)
    rows = "".join(f"{HOSTILE} words {number // 3},{LABELS[number % 2]}\n" for number in range(24))
    for name in ("reviews.csv", "dev.csv", f"{HOSTILE}.csv"):
        (desk.folder / name).write_text(f"text,label\n{rows}\n{HOSTILE},\n", encoding="utf-8")
    (desk.folder / "dev.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    (desk.folder / "reviews.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    desk.train("--output", "mine")
    runs = desk.folder / "runs/reviews"
    for name, change in (
        ("failed", {"state": "failed", "reason": HOSTILE, HOSTILE: HOSTILE, "versions": {HOSTILE: HOSTILE}}),
        (f"strange{HOSTILE}", {"selected_on": HOSTILE, "kept": HOSTILE, "machine": HOSTILE, "data": HOSTILE}),
        ("replacing.new", {"replaces": HOSTILE, "state": "interrupted"}),
    ):
        run = shutil.copytree(runs / "mine", runs / name)
        for file, more in (("status.json", change), ("evaluations/dev.json", {"metric": HOSTILE, "task": HOSTILE})):
            (run / file).write_text(json.dumps(json.loads((run / file).read_text()) | more))
        settings = (run / "settings.toml").read_text()
        (run / "settings.toml").write_text(f"{settings}\n'{HOSTILE[-6:]}' = {json.dumps(HOSTILE)}\n")
    (runs / "damaged").mkdir()
    (runs / "damaged/settings.toml").write_text(HOSTILE)
    (runs / "damaged/status.json").write_text(json.dumps(HOSTILE))
    return desk


OWN = ["--train-file", "reviews.csv", "--dev-file", "dev.csv", "--batch-size", 8, "--max-steps", 2]
COMMANDS = {
    "check": [["--train-file", f"{HOSTILE}.csv", "--model", "MODEL"], [HOSTILE]],
    "compare": [[], ["runs", "--csv"], ["runs", "--latex"], ["--html", "x.html"], [HOSTILE]],
    "download": [[HOSTILE], ["cola", "--from", HOSTILE]],
    "eval": [["reviews/mine"], ["reviews/failed"], [f"runs/reviews/strange{HOSTILE}"], [HOSTILE]],
    "export": [["reviews/mine", "--to", HOSTILE], [HOSTILE], ["reviews/failed"]],
    "predict": [["reviews/mine", "dev.csv", "--output", "a.csv"], [HOSTILE], ["reviews/mine", HOSTILE]],
    "push": [["reviews/mine", HOSTILE], [HOSTILE, "a/b"]],
    "runs": [
        *[["list"], ["show", "mine"], ["show", "failed"], ["show", f"reviews/strange{HOSTILE}"], ["show", "damaged"]],
        *[["verify"], ["verify", HOSTILE], ["prune", "--yes"], ["rm", HOSTILE, "--yes"]],
    ],
    "strategies": [[HOSTILE], ["rdrop"]],
    "train": [
        *[[*OWN, "--model", "MODEL", "--dry-run"], [*OWN, "--model", "MODEL", "--output", "again"]],
        *[[*OWN, "--model", HOSTILE], [*OWN, "--lr", HOSTILE], [*OWN, "--task", HOSTILE], [HOSTILE]],
        *[["--resume", "failed"], ["--resume", "replacing.new"], ["--resume", HOSTILE], ["--resume", "damaged"]],
        *[["--config", "runs/reviews/failed/settings.toml"], ["--config", "runs/reviews/damaged/settings.toml"]],
        *[[*OWN, "--strategy", HOSTILE], ["--train-file", f"{HOSTILE}.csv", "--model", "MODEL"]],
    ],
}


def test_all_commands_are_tried():
    group: Any = typer.main.get_command(build())
    assert set(COMMANDS) == set(group.list_commands(None))


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_none_reaches_the_terminal(hostile_desk, tmp_path, monkeypatch, command, as_json):
    folder = tmp_path / "copy"
    shutil.copytree(hostile_desk.folder, folder)
    monkeypatch.setattr(EagerExecutor, "__init__", _refusing)  # what is trained says enough before its first step
    for given in COMMANDS[command]:
        arguments = [str(hostile_desk.model) if each == "MODEL" else str(each) for each in given]
        with contextlib.chdir(folder):
            result = CliRunner().invoke(build(), [command, *arguments, *(["--json"] if as_json else [])])
        assert isinstance(result.exception, SystemExit | ZeroDivisionError | None), (given, result.exception)
        said = result.stdout.removesuffix("\n") + result.stderr
        assert not STEERING.search(said), (given, said)


def _refusing(*_):
    raise ZeroDivisionError


def test_json_gives_them_back(hostile_desk):
    found = hostile_desk.ask("runs", "show", "failed", "--json").json
    assert found["status"]["reason"] == HOSTILE
