"""Studies made by hand, with all that a page shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from helpers import make_run

from ftcli.tasks.metrics import score

NAMES = ["unacceptable", "acceptable"]


def make_study(path: Path, *, right: float, seeds: int = 6, examples: int = 120, **run: object) -> None:
    """Write finished runs that each answer a share of the examples rightly; the first five examples never."""
    generator = np.random.default_rng(int(1000 * right))
    labels = np.random.default_rng(0).integers(2, size=examples)
    easy = np.random.default_rng(1).random(examples)
    for seed in range(1, seeds + 1):
        hit = easy * 0.5 + generator.random(examples) * 0.5 < right
        hit[:5] = False
        predictions = np.where(hit, labels, 1 - labels)
        found = score("classification", labels, predictions)
        confusion = [[int(((labels == i) & (predictions == j)).sum()) for j in (0, 1)] for i in (0, 1)]
        made = make_run(
            path / f"seed-{seed}",
            seed=seed,
            score=found["matthews_correlation"],
            evaluation={"examples": examples, "confusion": confusion},
            **run,
        )
        made.predictions("dev").write_text(
            "".join(
                json.dumps(
                    {
                        "id": f"dev-{number}",
                        "label": NAMES[label],
                        "prediction": NAMES[said],
                        "probabilities": {NAMES[said]: (p := 0.5 + generator.random() / 2), NAMES[1 - said]: 1 - p},
                    }
                )
                + "\n"
                for number, (label, said) in enumerate(zip(labels, predictions, strict=True))
            ),
            encoding="utf-8",
        )
        entries = [
            {
                "step": 10 * epoch,
                "epoch": float(epoch),
                "split": "dev",
                "loss": 0.7 - 0.1 * epoch + generator.random() / 20,
                "metrics": {"matthews_correlation": found["matthews_correlation"] * epoch / 3},
            }
            for epoch in (1, 2, 3)
        ]
        made.metrics.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
