"""Each technique alone against the baseline, on small data with the on-board model, over several seeds.

    python -m benchmarks.techniques run --tasks cola,stsb,rte --seeds 8     # trains what the table lacks
    python -m benchmarks.techniques time --tasks cola                       # what each costs, beside the baseline
    python -m benchmarks.techniques show                                     # the differences, from the table

The table, ``results/techniques.jsonl``, has a line for each run, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.settings.train import TrainSettings

TABLE = Path(__file__).parent / "results" / "techniques.jsonl"
COSTS = TABLE.with_name("techniques-time.json")
BASELINE = "baseline"
RECIPES: dict[str, dict[str, Any]] = {
    BASELINE: {},
    "reinit": {"strategy": ["reinit"]},
    "layerwise_lrd": {"strategy": ["layerwise_lrd"]},
    "rdrop": {"strategy": ["rdrop"]},
    "freeze": {"strategy": ["freeze"]},
    "lora": {"strategy": ["lora"]},
    "l2_sp": {"strategy": ["l2_sp"]},
    "10 epochs": {"epochs": 10},
    "preset best": {"preset": "best"},
    "mixup": {"strategy": ["mixup"]},
    "swa": {"strategy": ["swa"]},
    "fgm": {"strategy": ["fgm"]},
    "lp_ft": {"strategy": ["lp_ft"]},
}
"""One or more of each family alone, at their defaults, and what goes with them; the settings of each."""


def settings_of(recipe: str, **settings: Any) -> TrainSettings:
    """Return the settings of a recipe, with further ones."""
    from ftcli.settings.resolve import resolve_train

    own = dict(RECIPES[recipe])
    return resolve_train({**own, **settings} if "preset" not in own else settings, preset_name=own.get("preset"))


def missing(rows: list[dict[str, Any]], tasks: list[str], size: int, seeds: range) -> Iterator[tuple[str, str, str]]:
    """Yield task, recipe and seeds of the runs that the table lacks, the most telling tasks first."""
    there = {(row["task"], row["size"], row["recipe"], row["seed"]) for row in rows}
    for task in tasks:
        for recipe in RECIPES:
            wanted = [seed for seed in seeds if (task, size, recipe, seed) not in there]
            if wanted:
                yield task, recipe, ",".join(map(str, wanted)) + ","


def train(task: str, recipe: str, seeds: str, size: int, data_dir: str) -> Iterator[dict[str, Any]]:
    """Train a recipe and yield a line of the table for each of its runs."""
    from ftcli import api

    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(
            recipe,
            task=task,
            data_dir=data_dir,
            seeds=seeds,
            train_size=size,
            output=f"{folder}/study",
            device="cpu",
            save_model=False,
        )
        study = api.train_study(settings)
    scores = study.scores
    if len(scores) != len(seeds.strip(",").split(",")):
        raise SystemExit(f"{task}, {recipe}: a run has failed; it is not in the table")
    for outcome, score in zip(study.outcomes, scores, strict=True):
        yield {
            "task": task,
            "size": size,
            "recipe": recipe,
            "seed": outcome.seed,
            "score": round(score, 6),
            "commit": commit(),
        }


def commit() -> str:
    """Return the commit that is checked out."""
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def read_table() -> list[dict[str, Any]]:
    """Return the lines of the table."""
    if not TABLE.exists():
        return []
    return [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


def difference(ours: dict[int, float], theirs: dict[int, float]) -> tuple[float, float, float, int]:
    """Return the mean difference over the seeds that both have, its 95 % interval (Student's t), and their number."""
    from scipy import stats

    seeds = sorted(ours.keys() & theirs.keys())
    differences = np.array([ours[seed] - theirs[seed] for seed in seeds])
    mean = float(differences.mean())
    spread = stats.t.ppf(0.975, len(seeds) - 1) * differences.std(ddof=1) / len(seeds) ** 0.5
    return mean, mean - spread, mean + spread, len(seeds)


def show(rows: list[dict[str, Any]], costs: dict[str, float]) -> None:
    """Print the baseline's scores, and each technique's difference to them, as a Markdown table."""
    scores: dict[tuple[str, int], dict[str, dict[int, float]]] = {}
    for row in rows:
        study = scores.setdefault((row["task"], row["size"]), {}).setdefault(row["recipe"], {})
        study[row["seed"]] = row["score"]
    print("| task | technique | seeds | mean score | difference to the baseline, 95% interval | time |")
    print("|---|---|---|---|---|---|")
    for (task, size), studies in scores.items():
        for recipe, study in studies.items():
            mean = np.mean(list(study.values()))
            time = f"{costs[recipe]:.2f}" if recipe in costs else ""
            if recipe == BASELINE:
                print(f"| {task}, {size} | {recipe} | {len(study)} | {mean:.4f} | | 1 |")
            elif BASELINE in studies and len(study.keys() & studies[BASELINE].keys()) > 1:
                found, low, high, shared = difference(study, studies[BASELINE])
                interval = f"{found:+.4f} ({low:+.4f} to {high:+.4f})"
                print(f"| {task}, {size} | {recipe} | {shared} | {mean:.4f} | {interval} | {time} |")


def measure_costs(task: str, size: int, data_dir: str, turns: int) -> dict[str, float]:
    """Return how long each recipe trains (evaluation apart) in units of the baseline in the same turn: the median."""
    from ftcli import api

    ratios: dict[str, list[float]] = {recipe: [] for recipe in RECIPES if recipe != BASELINE}
    for turn in range(turns):
        for recipe, found in ratios.items():
            seconds = []
            for each in (BASELINE, recipe):
                with tempfile.TemporaryDirectory() as folder:
                    settings = settings_of(
                        each, task=task, data_dir=data_dir, train_size=size, threads=1, device="cpu", save_model=False
                    )
                    result = api.train(settings.model_copy(update={"output": f"{folder}/run", "seed": turn}))
                speed = result.trained.speed
                seconds.append(speed.seconds * (speed.shares["data"] + speed.shares["step"]))
            found.append(seconds[1] / seconds[0])
            print(f"{recipe}: {found[-1]:.2f} times the baseline's time", flush=True)
    return {recipe: round(float(np.median(found)), 2) for recipe, found in ratios.items()}


def main() -> None:
    """Train what is missing, or show what there is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["run", "show", "time"])
    parser.add_argument("--tasks", default="cola,stsb,rte")
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--data-dir", default="data")
    given = parser.parse_args()
    if given.what == "run":
        for task, recipe, seeds in missing(read_table(), given.tasks.split(","), given.size, range(1, given.seeds + 1)):
            print(f"{task}: {recipe}, seeds {seeds}", flush=True)
            lines = list(train(task, recipe, seeds, given.size, given.data_dir))
            with TABLE.open("a", encoding="utf-8") as table:
                table.writelines(json.dumps(line) + "\n" for line in lines)
    if given.what == "time":
        COSTS.write_text(json.dumps(measure_costs(given.tasks.split(",")[0], given.size, given.data_dir, turns=3)))
    show(read_table(), json.loads(COSTS.read_text()) if COSTS.exists() else {})


if __name__ == "__main__":
    main()
