"""How ftcli copes with many runs: the list of 10,000, and a comparison of 1,000 that answered 10,000 examples each.

``python -m benchmarks.scale`` makes the run folders (no training: files as a run leaves them), runs the real commands
on them, each in a process of its own, prints their time and peak memory, and writes them to
``benchmarks/results/scale.json``. A busy machine shows in the elapsed time, hardly in the processor's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import machine, write

NAMES = ["unacceptable", "acceptable"]
STATUS = {"state": "finished", "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:01:00Z", "collapsed": False}
SEEDS = 20
"""Runs of a recipe."""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    processor_seconds: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.processor_seconds:.2f} s of the processor), {self.peak_mb:.0f} MB at most"


def cost_of(*arguments: object) -> Cost:
    """Run a command of ftcli to its end."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "ftcli", *map(str, arguments)], stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode:
        raise SystemExit(f"ftcli {' '.join(map(str, arguments))} ended with code {process.returncode}")
    in_bytes = 1 if sys.platform == "darwin" else 1024
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * in_bytes / 2**20)


def make_runs(folder: Path, runs: int) -> None:
    """Write finished runs without predictions, in studies of 20 seeds."""
    for number in range(runs):
        recipe, seed = divmod(number, SEEDS)
        write_run(folder / "demo" / f"study-{recipe}" / f"seed-{seed}", recipe, seed, 0.5, 500)


def make_study_runs(folder: Path, runs: int, examples: int) -> None:
    """Write runs with a prediction for each example; each recipe is a little better than the one before."""
    generator = np.random.default_rng(0)
    labels = generator.integers(2, size=examples)
    hard = generator.normal(size=examples)
    lines = [[line(row, int(label), said) for said in (0, 1)] for row, label in enumerate(labels)]
    for number in range(runs):
        recipe, seed = divmod(number, SEEDS)
        right = hard + 0.5 * generator.normal(size=examples) < 0.8 + 0.01 * recipe
        run = folder / "demo" / f"study-{recipe}" / f"seed-{seed}"
        write_run(run, recipe, seed, float(right.mean()), examples)
        said = np.where(right, labels, 1 - labels)
        text = "".join(lines[row][answer] for row, answer in enumerate(said))
        (run / "evaluations" / "dev.predictions.jsonl").write_text(text)


def line(row: int, label: int, said: int) -> str:
    """Return what a run writes of an example."""
    shares = {NAMES[said]: 0.8765432, NAMES[1 - said]: 0.1234568}
    return (
        json.dumps({"id": f"dev-{row}", "label": NAMES[label], "prediction": NAMES[said], "probabilities": shares})
        + "\n"
    )


def write_run(run: Path, recipe: int, seed: int, accuracy: float, examples: int) -> None:
    """Write the files of a finished run that list and compare read."""
    (run / "evaluations").mkdir(parents=True)
    names = f'["l2_sp"]\n[l2_sp]\nalpha = {recipe}.0\n' if recipe else "[]\n"
    (run / "settings.toml").write_text(f'task = "demo"\nepochs = 3\nlr = 0.0001\nseed = {seed}\nstrategy = {names}')
    (run / "status.json").write_text(json.dumps({**STATUS, "train_seconds": 60.0}))
    (run / "metrics.jsonl").write_text("")
    evaluation = {
        "task": "demo",
        "split": "dev",
        "examples": examples,
        "metric": "accuracy",
        "metrics": {"accuracy": accuracy},
        "majority": {"accuracy": 0.5},
        "label_names": NAMES,
    }
    (run / "evaluations" / "dev.json").write_text(json.dumps(evaluation))


def costs_of(folder: Path, runs: int, compared: int, examples: int) -> Iterator[tuple[str, Cost]]:
    """Yield what each command is called, and what it took."""
    listed, studied = folder / "listed", folder / "compared"
    make_runs(listed, runs)
    time.sleep(2.5)  # what has changed within two seconds is not remembered
    command = ("runs", "list", "--runs-dir", listed)
    yield f"ftcli runs list, {runs:,} runs, the first time", cost_of(*command)
    yield f"ftcli runs list, {runs:,} runs, again", cost_of(*command)
    make_study_runs(studied, compared, examples)
    name = f"ftcli compare, {compared:,} runs of {examples:,} examples"
    yield name, cost_of("compare", studied)
    yield f"{name}, with --html", cost_of("compare", studied, "--html", folder / "page.html")


def main() -> None:
    """Print what each command took, and write it down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000, help="runs to list")
    parser.add_argument("--compared", type=int, default=1_000, help="runs to compare")
    parser.add_argument("--examples", type=int, default=10_000, help="examples that each of those has answered")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, cost in costs_of(Path(folder), given.runs, given.compared, given.examples):
            print(f"{name}: {cost}", flush=True)
            found[name] = asdict(cost)
    write({"machine": machine(), "job": vars(given), "commands": found}, "scale")


if __name__ == "__main__":
    main()
