"""The command line as a user meets it: in a process of its own, or in this one where nothing depends on that."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ftcli.cli.app import build

LEARNING = ["--max-steps", 30, "--lr", "5e-3", "--seed", 2]
"""Enough for the desk's training to learn something, and to leave something to learn."""

TAGS = {"cat": "animal", "dog": "animal", "red": "colour", "blue": "colour", "run": "verb"}
"""What the words of `tags` are."""


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object that is all of stdout."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        content = json.loads(self.out, parse_constant=_refuse)
        assert isinstance(content, dict)
        return content

    @property
    def message(self) -> str:
        """The error on one line, whatever lines it was shown in."""
        return " ".join(self.err.split())


@dataclass(frozen=True)
class Desk:
    """A folder with two small files of reviews, in which one works with a tiny model."""

    folder: Path
    model: Path

    @classmethod
    def set_up(cls, folder: Path, model: Path) -> Desk:
        """Write the files: 48 reviews to train on, 24 to judge on."""
        write_rows(folder / "reviews.csv", reviews(48))
        write_rows(folder / "dev.csv", reviews(24, seed=1))
        return cls(folder, model)

    @property
    def training(self) -> list[object]:
        """A training of four steps; options that follow replace these."""
        files = ["--train-file", "reviews.csv", "--dev-file", "dev.csv"]
        return ["train", *files, "--model", self.model, "--batch-size", 8, "--max-steps", 4]

    def ask(self, *arguments: object, code: int = 0, stdin: str | bytes = "", **environment: str) -> Answer:
        """Run any command here."""
        return run(self.folder, *arguments, code=code, stdin=stdin, **environment)

    def train(self, *arguments: object, code: int = 0, **environment: str) -> Answer:
        """Run the training, with further options."""
        return self.ask(*self.training, *arguments, code=code, **environment)

    def train_run(self, *arguments: object) -> Path:
        """Train with further options, and give the run's folder."""
        return self.folder / str(self.train(*arguments, "--json").json["run"])

    @property
    def files(self) -> set[str]:
        """What lies here beside the two files of reviews: files, and folders that hold none."""
        below = {path for path in self.folder.rglob("*") if path.is_file() or not any(path.iterdir())}
        return {str(path.relative_to(self.folder)) for path in below} - {"reviews.csv", "dev.csv"}


def run(folder: Path, *arguments: object, code: int = 0, stdin: str | bytes = "", **environment: str) -> Answer:
    """Run a command in this process, with ``folder`` as current folder."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with contextlib.chdir(folder):
            told = {"COLUMNS": "200", **environment}
            result = CliRunner().invoke(build(), list(map(str, arguments)), input=stdin, env=told)
    finally:
        signal.signal(signal.SIGTERM, handler)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, f"exit code {result.exit_code}\n{result.stdout}\n{result.stderr}"
    return Answer(result.stdout, result.stderr)


def run_process(folder: Path, *arguments: object, code: int = 0, **environment: str) -> Answer:
    """Run a command in a process of its own, with ``folder`` as current folder."""
    done = subprocess.run(
        command_line(arguments),
        cwd=folder,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return Answer(done.stdout, done.stderr)


def command_line(arguments: Iterable[object]) -> list[str]:
    """What starts the program."""
    return [sys.executable, "-m", "ftcli", *map(str, arguments)]


def clean_environment() -> dict[str, str]:
    """An environment without settings of the person who runs the tests, and without colours."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FTCLI_")}
    return own | {"NO_COLOR": "1", "COLUMNS": "200", "OMP_NUM_THREADS": "1"}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, but for the locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def results(run: Path) -> dict[str, bytes]:
    """What came out of a run: files that are the same, to the byte, for runs that do the same."""
    evaluations = ("evaluations/dev.predictions.jsonl", "evaluations/dev.json")
    names = ("metrics.jsonl", "model/model.safetensors", "calibration.json", *evaluations)
    return {name: (run / name).read_bytes() for name in names}


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one a line."""
    return [json.loads(line, parse_constant=_refuse) for line in path.read_text(encoding="utf-8").splitlines()]


def status_of(run: Path) -> dict[str, Any]:
    """How a run stands."""
    content = json.loads((run / "status.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def write_rows(path: Path, rows: Iterable[tuple[str, ...]], header: tuple[str, ...] = ("text", "label")) -> Path:
    """Write a CSV or TSV file of fields without quotes."""
    separator = "\t" if path.suffix == ".tsv" else ","
    path.write_text("".join(separator.join(fields) + "\n" for fields in [header, *rows]), encoding="utf-8")
    return path


def reviews(rows: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Made-up reviews whose label shows in their words."""
    rng = random.Random(seed)
    words = {"good": ["fine", "lovely", "great"], "bad": ["awful", "poor", "broken"]}
    filling = ["the", "phone", "is", "and", "very", "screen"]
    made = []
    for number in range(rows):
        label = "good" if number % 2 else "bad"
        some = [rng.choice(filling) for _ in range(rng.randint(1, 9))]
        made.append((" ".join([*some, rng.choice(words[label])]), label))
    return made


def tags(rows: int, *, seed: int = 0, wrong: float = 0.0) -> list[tuple[str, str]]:
    """Made-up texts of two words, with what each of these is as a label, or by a chance to be wrong without one."""
    rng = random.Random(seed)
    made = []
    for _ in range(rows):
        words = [rng.choice(list(TAGS)) for _ in range(2)]
        labels = {TAGS[word] for word in words if rng.random() >= wrong}
        made.append((" ".join(words), "; ".join(sorted(labels))))
    return made


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
