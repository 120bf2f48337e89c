"""Run folders and data files made by hand, for what reads them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.tasks.metrics import score

SETTINGS = {"task": "cola", "model": "onboard", "epochs": 3, "batch_size": 16, "lr": 1e-4, "warmup": 0.1}

SHARED_GLUE = Path(__file__).resolve().parents[2] / "shared" / "data" / "glue"
"""Real archives, where this machine has them."""


def make_run(
    path: Path,
    *,
    seed: int = 1,
    recipe: dict[str, dict[str, Any]] | None = None,
    score: float | None = 0.5,
    state: State = State.FINISHED,
    collapsed: bool = False,
    ended: str = "2026-01-02T03:04:05Z",
    train_seconds: float = 60.0,
    evaluation: dict[str, Any] | None = None,
    race: list[dict[str, Any]] | None = None,
    **settings: Any,
) -> RunFolder:
    """Write the files of a run. ``recipe`` maps strategies to their options; ``score`` None: no evaluation."""
    tables = {name: options for name, options in (recipe or {}).items() if options}
    run = RunFolder.create(path, {**SETTINGS, "seed": seed, "strategy": list(recipe or {}), **settings, **tables})
    when = None if state is State.RUNNING else ended
    facts = {"collapsed": collapsed, "train_seconds": train_seconds, "ended": when, "race": race}
    run.write_status(run.read_status().ending(state, **facts))
    if score is not None:
        task = settings.get("task", SETTINGS["task"])
        write_evaluation(run, task=task, score=score, **(evaluation or {}))
    return run


def write_evaluation(run: RunFolder, *, score: float | None, metric: str = "matthews_correlation", **more: Any) -> None:
    """Write evaluations/dev.json; ``more`` replaces or adds keys."""
    content = {
        "task": "cola",
        "split": "dev",
        "examples": 100,
        "loss": 0.4,
        "metric": metric,
        "metrics": {metric: score, "accuracy": 0.8},
        "interval": {"level": 0.95, "low": 0.1, "high": 0.9},
        "majority": {metric: 0.0, "accuracy": 0.7},
        "confusion": [[20, 10], [5, 65]],
        "label_names": ["unacceptable", "acceptable"],
    }
    run.evaluations.mkdir(exist_ok=True)
    run.evaluation("dev").write_text(json.dumps(content | more), encoding="utf-8")


def write_answers(run: RunFolder, labels: Iterable[Any], predictions: Iterable[Any]) -> None:
    """Write evaluations/dev.predictions.jsonl: names of classes, or values."""
    lines = (
        {"id": str(number), "label": label, "prediction": prediction}
        for number, (label, prediction) in enumerate(zip(labels, predictions, strict=True))
    )
    run.predictions("dev").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def answer_alike(run: RunFolder, *, values: bool = False) -> RunFolder:
    """Write answers that are the same for all runs, so that nothing but their scores sets runs apart."""
    names = [0.0, 1.0] if values else ["unacceptable", "acceptable"]
    write_answers(run, names * 10, [names[0], *names * 9, names[1]])
    return run


def make_judged_study(path: Path, *, right: float, seeds: int = 8, examples: int = 200, **run: Any) -> None:
    """Write runs that each answer a share of the examples rightly, and score what that comes to."""
    generator = np.random.default_rng(len(str(path)) + int(1000 * right))
    labels = np.random.default_rng(0).integers(2, size=examples)
    names = np.array(["unacceptable", "acceptable"])
    for seed in range(1, seeds + 1):
        predictions = np.where(generator.random(examples) < right, labels, 1 - labels)
        found = score("classification", labels, predictions)["matthews_correlation"]
        made = make_run(path / f"seed-{seed}", seed=seed, score=found, evaluation={"examples": examples}, **run)
        write_answers(made, names[labels].tolist(), names[predictions].tolist())


def write_reviews(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write a CSV of made-up reviews whose label shows in their words."""
    rng = random.Random(seed)
    words = {"good": ["fine", "lovely", "great"], "bad": ["awful", "poor", "broken"]}
    lines = ["text,label"]
    for number in range(rows):
        label = "good" if number % 2 else "bad"
        filling = " ".join(
            rng.choice(["the", "phone", "is", "and", "very", "screen"]) for _ in range(rng.randint(2, 12))
        )
        lines.append(f"{filling} {rng.choice(words[label])},{label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
