"""A study of a handful of recipes on CoLA and RTE, at growing sizes of the training set, over several seeds.

    python -m benchmarks.study run --minutes 120   # trains what the tables lack, the cheapest first
    python -m benchmarks.study report              # docs/study.md and a page for each task and size, from the tables

The tables, ``results/study/<task>-<size>.jsonl``, have a line for each run (``benchmarks.kept``), so that the study can
be continued anywhere. The data must be downloaded: ``ftcli download cola``, ``ftcli download rte``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.kept import Row, append, lay_out, missing, read_table, train

TABLES = Path(__file__).parent / "results" / "study"
DOCS = Path(__file__).parents[1] / "docs"
RECIPES: dict[str, Row] = {
    "baseline": {},
    "no bias correction": {"bias_correction": False},
    "fresh top, layer-wise rates": {"strategy": ["reinit", "layerwise_lrd"]},
    "freeze": {"strategy": ["freeze"]},
}
SEEDS = range(1, 9)


class Part(NamedTuple):
    """A task, how many of its training examples are used (None: all), and how often: for 190 steps or more."""

    task: str
    size: int | None
    epochs: int = 3

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.task}-{self.size or 'all'}"

    @property
    def table(self) -> Path:
        """Where its runs are kept."""
        return TABLES / f"{self.name}.jsonl"


PARTS = [
    Part("cola", 500, epochs=6),
    Part("cola", 1000),
    Part("rte", 500, epochs=6),
    Part("rte", 1000),
    Part("cola", None, epochs=2),
    Part("rte", None, epochs=2),
]


def run(minutes: float, data_dir: str) -> None:
    """Train what is missing until the time is over; a study that has begun is finished."""
    until = time.monotonic() + 60 * minutes
    for part in PARTS:
        for name, recipe in RECIPES.items():
            seeds = missing(read_table(part.table), part.task, part.size, name, SEEDS, epochs=part.epochs)
            if seeds and time.monotonic() < until:
                print(f"{part.name}: {name}, seeds {seeds}", flush=True)
                told = recipe | {"epochs": part.epochs}
                append(part.table, train(name, told, seeds, task=part.task, size=part.size, data_dir=data_dir))


def report(data_dir: str) -> None:
    """Have ``ftcli compare`` compare the runs of each table, and write down what it says below what stands there."""
    document = DOCS / "study.md"
    own = document.read_text(encoding="utf-8").partition(_MARK)[0] if document.exists() else "# A study\n\n"
    (DOCS / "study").mkdir(exist_ok=True)
    document.write_text(own + _MARK + "".join(_sections(data_dir)), encoding="utf-8")


_MARK = "<!-- What follows is written by python -m benchmarks.study report. -->\n"


def _sections(data_dir: str) -> Iterator[str]:
    for part in PARTS:
        rows = read_table(part.table)
        if rows:
            yield f"\n## {part.name}: {len(rows)} runs\n\n```\n{_compared(part, rows, data_dir)}\n```\n"


def _compared(part: Part, rows: list[Row], data_dir: str) -> str:
    page = DOCS / "study" / f"{part.name}.html"
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            lay_out(row, Path(folder) / row["recipe"].replace(" ", "-") / f"seed-{row['seed']}", data_dir)
        command = [sys.executable, "-m", "ftcli", "compare", folder, "--html", str(page)]
        if {"baseline", "no bias correction"} <= {row["recipe"] for row in rows}:  # else there is one plain recipe
            command += ["--baseline", "baseline (bias_correction=true)"]
        wide = os.environ | {"COLUMNS": "120"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=wide)
    return done.stdout.partition("The report is")[0].strip()


def main() -> None:
    """Train what is missing, or report what there is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--data-dir", default="data")
    given = parser.parse_args()
    run(given.minutes, given.data_dir) if given.what == "run" else report(given.data_dir)


if __name__ == "__main__":
    main()
