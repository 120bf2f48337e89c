"""What ftcli says before a run, against the run; and how fast it predicts, against how fast it evaluates.

``python -m benchmarks.promises --task cola`` runs the real commands one after the other, each in a process of its own,
and prints ratios: what a training took to what its dry run said (time, memory, disk), and the examples a second of
``ftcli predict`` to those of ``ftcli eval`` on the same set, which both read, tokenise and answer it, and start up.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.kept import settings_of
from benchmarks.report import machine, write
from benchmarks.scale import cost_of

RECIPES: dict[str, list[str]] = {
    "baseline": [],
    "R-Drop": ["--rdrop"],
    "the lower half frozen": ["--freeze"],
    "linear probing first": ["--lp-ft"],
    "four seeds in processes": ["--seeds", "4"],
}
MB = 2**20
_COLUMNS = ("--text-column", "--pair-column")


def said(arguments: list[str]) -> dict[str, float]:
    """Return the budget that a dry run prints."""
    command = [sys.executable, "-m", "ftcli", "train", *arguments, "--dry-run", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    budget: dict[str, float] = json.loads(done.stdout)["budget"]
    return budget


def bytes_in(folder: Path) -> int:
    """Return how many bytes a folder's files have."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def budgets(task: list[str], folder: Path, recipes: list[str]) -> dict[str, dict[str, float]]:
    """Return for each recipe what the training took, by what its dry run had said; printed as a Markdown table."""
    print("| recipe | seconds / said | memory / said | disk / said |")
    print("|---|---|---|---|")
    found = {}
    for number, name in enumerate(recipes):
        run, options = folder / f"run-{number}", RECIPES[name]
        before = said([*task, *options, "--output", str(run)])
        took = cost_of("train", *task, *options, "--output", run)
        found[name] = {
            "seconds / said": took.seconds / before["seconds"],
            "memory / said": took.peak_mb * MB * before["side_by_side"] / before["memory_bytes"],
            "disk / said": bytes_in(run) / before["disk_bytes"],
        }
        print(f"| {name} | " + " | ".join(f"{share:.2f}" for share in found[name].values()) + " |", flush=True)
    return found


def write_texts(task: str, data_dir: str, path: Path) -> tuple[int, list[str]]:
    """Write the texts of a task's dev set as JSON objects, a line each; return how many, and how to read them."""
    from ftcli.tasks.load import load_dataset

    dev = load_dataset(settings_of({}, task=task, data_dir=data_dir)).splits["dev"]
    columns = {"text": dev.texts} | ({} if dev.pairs is None else {"text2": dev.pairs})
    rows = [dict(zip(columns, each, strict=True)) for each in zip(*columns.values(), strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return len(rows), [part for option, name in zip(_COLUMNS, columns, strict=False) for part in (option, name)]


def prediction(task: list[str], texts: Path, rows: int, columns: list[str], turns: int) -> list[dict[str, float]]:
    """Return how fast texts are predicted, beside how fast they are evaluated, the start of the program included."""
    run = texts.with_name("run")
    cost_of("train", *task, "--max-steps", 1, "--output", run)
    found = []
    for _ in range(turns):
        evaluated, predicted = cost_of("eval", run).seconds, cost_of("predict", run, texts, *columns).seconds
        print(f"predict {rows / predicted:.0f} examples/s, eval {rows / evaluated:.0f}: {evaluated / predicted:.2f}x")
        found.append({"predict, examples/s": rows / predicted, "eval, examples/s": rows / evaluated})
    return found


def main() -> None:
    """Print both, and write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--task", default="demo")
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--recipes", nargs="*", choices=list(RECIPES), default=list(RECIPES))
    given = parser.parse_args()
    task = [given.task, "--data-dir", given.data_dir, "--device", "cpu"]
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "dev.jsonl"
        report = {
            "job": vars(given),
            "machine": machine(),
            "prediction": prediction(task, texts, *write_texts(given.task, given.data_dir, texts), given.turns),
            "budgets": budgets(task, Path(folder), given.recipes),
        }
    print(write(report, "promises"))


if __name__ == "__main__":
    main()
