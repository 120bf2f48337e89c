"""Each technique alone against the baseline, on small data with the on-board model, over several seeds.

    python -m benchmarks.techniques run --tasks cola,stsb,rte --seeds 8     # trains what the table lacks
    python -m benchmarks.techniques time --tasks cola                       # what each costs, beside the baseline
    python -m benchmarks.techniques show                                     # the differences, from the table

The table, ``results/techniques.jsonl``, has a line for each run, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.kept import append, missing, read_table, settings_of, train

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
    "three together": {"strategy": ["freeze", "layerwise_lrd", "reinit"], "epochs": 10},
    "mixup": {"strategy": ["mixup"]},
    "no bias correction": {"bias_correction": False},
    "swa": {"strategy": ["swa"]},
    "fgm": {"strategy": ["fgm"]},
    "lp_ft": {"strategy": ["lp_ft"]},
    "lp_ft + 10 epochs": {"strategy": ["lp_ft"], "epochs": 10},
}
"""One or more of each family alone, at their defaults, and what goes with them; the settings of each."""


def difference(ours: dict[int, float], theirs: dict[int, float]) -> tuple[float, float, float, int]:
    """Return the mean difference over the seeds that both have, its 95 % interval (Student's t), and their number."""
    from scipy import stats

    seeds = sorted(ours.keys() & theirs.keys())
    differences = np.array([ours[seed] - theirs[seed] for seed in seeds])
    mean = float(differences.mean())
    spread = stats.t.ppf(0.975, len(seeds) - 1) * differences.std(ddof=1) / len(seeds) ** 0.5
    return mean, mean - spread, mean + spread, len(seeds)


class Line(NamedTuple):
    """A line of the table; ``found`` is the mean difference to the baseline, with its 95 % interval."""

    task: str
    recipe: str
    seeds: int
    mean: float
    found: tuple[float, float, float] | None


def lines(rows: list[dict[str, Any]], against: str = BASELINE) -> Iterator[Line]:
    """Yield what the table comes to, by task: each recipe's difference to one of them."""
    scores: dict[str, dict[str, dict[int, float]]] = {}
    for row in rows:
        if row["score"] is None:
            continue
        study = scores.setdefault(f"{row['task']}, {row['size']}", {}).setdefault(row["recipe"], {})
        study[row["seed"]] = row["score"]
    for task, studies in scores.items():
        baseline = studies.get(against, {})
        for recipe, study in studies.items():
            mean = float(np.mean(list(study.values())))
            shared = len(study.keys() & baseline.keys())
            found = difference(study, baseline)[:3] if recipe != against and shared > 1 else None
            yield Line(task, recipe, shared or len(study), mean, found)


def show(found: list[Line], costs: dict[str, float], against: str = BASELINE) -> None:
    """Print each technique's scores, and its difference to those of the baseline or another, as a Markdown table."""
    print(f"| task | technique | seeds | mean score | difference to {against}, 95% interval | time |")
    print("|---|---|---|---|---|---|")
    for line in found:
        cost = "1" if line.recipe == BASELINE else f"{costs[line.recipe]:.2f}" if line.recipe in costs else ""
        interval = "" if line.found is None else "{:+.4f} ({:+.4f} to {:+.4f})".format(*line.found)
        print(f"| {line.task} | {line.recipe} | {line.seeds} | {line.mean:.4f} | {interval} | {cost} |")


def measure_costs(task: str, size: int, data_dir: str, turns: int) -> dict[str, float]:
    """Return the processor time of each recipe's training, in units of the baseline's in the same turn: the median."""
    ratios: dict[str, list[float]] = {recipe: [] for recipe in RECIPES if recipe != BASELINE}
    for turn in range(turns):
        baseline = processor_seconds(BASELINE, task, size, data_dir, turn)
        for recipe, found in ratios.items():
            found.append(processor_seconds(recipe, task, size, data_dir, turn) / baseline)
            print(f"{recipe}: {found[-1]:.2f} times the baseline's time", flush=True)
    return {recipe: round(float(np.median(found)), 2) for recipe, found in ratios.items()}


def processor_seconds(recipe: str, task: str, size: int, data_dir: str, seed: int) -> float:
    """Return the processor time of all steps of a training, evaluations apart: a busy machine changes it little."""
    from ftcli import api
    from ftcli.engine.observers import Entry, Observer
    from ftcli.engine.plan import Plan

    class Clock(Observer):
        spent = last = 0.0

        def begin(self, plan: Plan, metric: str) -> None:
            self.last = time.process_time()

        def step(self, number: int) -> None:
            now = time.process_time()
            self.spent, self.last = self.spent + now - self.last, now

        def record(self, entry: Entry) -> None:
            self.last = time.process_time()

    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        own = {"data_dir": data_dir, "train_size": size, "threads": 1, "device": "cpu", "save_model": False}
        api.train(settings_of(RECIPES[recipe], task=task, seed=seed, output=f"{folder}/run", **own), [clock])
    return clock.spent


def main() -> None:
    """Train what is missing, or show what there is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["run", "show", "time"])
    parser.add_argument("--tasks", default="cola,stsb,rte")
    parser.add_argument("--recipes", default=",".join(RECIPES), help="to run; all by default")
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--turns", type=int, default=3, help="of `time`")
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--against", default=BASELINE, choices=RECIPES, help="the recipe that others are shown beside")
    parser.add_argument("--plot", type=Path, help="draw the differences as SVG there")
    given = parser.parse_args()
    if given.what == "run":
        for task, recipe in itertools.product(given.tasks.split(","), given.recipes.split(",")):
            seeds = missing(read_table(TABLE), task, given.size, recipe, range(1, given.seeds + 1))
            if seeds:
                print(f"{task}: {recipe}, seeds {seeds}", flush=True)
                append(
                    TABLE, train(recipe, RECIPES[recipe], seeds, task=task, size=given.size, data_dir=given.data_dir)
                )
    if given.what == "time":
        costs = measure_costs(given.tasks.split(",")[0], given.size, given.data_dir, given.turns)
        COSTS.write_text(json.dumps(costs) + "\n", encoding="utf-8")
    found = list(lines(read_table(TABLE), given.against))
    show(found, json.loads(COSTS.read_text()) if COSTS.exists() else {}, given.against)
    if given.plot:
        from benchmarks.plot import draw_differences

        draw_differences([(line.task, line.recipe, line.found) for line in found if line.found], given.plot)


if __name__ == "__main__":
    main()
