"""Runs kept in few bytes: settings, status, scores and answers, and no model. A table of them is a JSON object a line.

From such a table the run folders can be laid out again, so that ``ftcli compare`` reads them as any others.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.runs.folder import RunFolder
from ftcli.runs.status import State
from ftcli.settings.train import TrainSettings

Row = dict[str, Any]
_UNITS = 10_000
"""Answers are whole numbers: probabilities in ten-thousandths, values in thousandths."""


def settings_of(recipe: Row, **settings: Any) -> TrainSettings:
    """Return the settings of a recipe, with further ones."""
    from ftcli.settings.resolve import resolve_train

    return resolve_train(recipe | settings)


def read_table(path: Path) -> list[Row]:
    """Return the lines of a table; none where there is no such file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def append(path: Path, rows: Sequence[Row]) -> None:
    """Add lines to a table."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as table:
        table.writelines(json.dumps(row) + "\n" for row in rows)


def missing(  # noqa: PLR0913 - what a study is
    rows: Sequence[Row], task: str, size: int | None, recipe: str, seeds: range, *, epochs: int | None = None
) -> list[int]:
    """Return the seeds of a study that a table lacks; those that were trained for other ``epochs`` don't count."""
    wanted = [row for row in rows if (row["task"], row["size"], row["recipe"]) == (task, size, recipe)]
    there = {row["seed"] for row in wanted if epochs in (None, row["settings"]["epochs"])}
    return [seed for seed in seeds if seed not in there]


def train(  # noqa: PLR0913 - what a study is
    name: str, recipe: Row, seeds: Sequence[int], *, task: str, size: int | None, data_dir: str
) -> list[Row]:
    """Train a recipe with some seeds, and return a line for each; ``size`` None takes all of train.

    A run that diverged has a line without a score or answers; one that fails otherwise ends the program.
    """
    from ftcli import api

    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(
            recipe,
            task=task,
            data_dir=data_dir,
            seeds=",".join(map(str, seeds)) + ",",
            train_size=size,
            output=f"{folder}/study",
            device="cpu",
            save_model=False,
        )
        found = []
        for outcome in api.train_study(settings).outcomes:
            run = RunFolder(outcome.path)
            state = run.read_status().state
            if state not in (State.FINISHED, State.DIVERGED):
                raise SystemExit(f"{task}, {name}: seed {outcome.number} {state.value}; the study is not in the table")
            score = run.score("dev") if state is State.FINISHED else None
            named = {"task": task, "size": size, "recipe": name, "seed": outcome.number}
            rounded = None if score is None or score.score is None else round(score.score, 6)
            found.append(named | {"score": rounded, "commit": commit(), **compact(run)})
        return found


def compact(run: RunFolder) -> Row:
    """Return what a run leaves beside its score."""
    lines = [json.loads(line) for line in run.metrics.read_text(encoding="utf-8").splitlines()]
    measured = [line for line in lines if line["split"] != "train"]
    status = json.loads(run.status.read_text(encoding="utf-8"))
    return {
        "settings": run.read_settings() | {"data_dir": "data", "output": "run"},
        "status": {key: value for key, value in status.items() if key not in ("versions", "git")},
        "curve": [[line["step"], line["epoch"], round(line["loss"], 6), line["metrics"]] for line in measured],
        "answers": _answers(run) if status["state"] == State.FINISHED else [],
    }


def _answers(run: RunFolder) -> list[int]:
    return [_answer(json.loads(line)) for line in run.predictions("dev").read_text("utf-8").splitlines()]


def _answer(line: Row) -> int:
    """Return a value in thousandths, or the second class's probability, on the side that tells which is predicted."""
    if "probabilities" not in line:
        return round(1000 * float(line["prediction"]))
    second = list(line["probabilities"])[1]
    share = round(_UNITS * float(line["probabilities"][second]))
    half = _UNITS // 2
    return max(share, half + 1) if line["prediction"] == second else min(share, half - 1)


def lay_out(row: Row, folder: Path, data_dir: str) -> None:
    """Write the run folder that a line was made from, as far as it tells; the task's data must be at hand."""
    from ftcli.engine.evaluation import Judge
    from ftcli.engine.prediction import Predictions
    from ftcli.runs.recorded import settings_of as recorded
    from ftcli.tasks.load import load_dataset

    run = RunFolder.create(folder, row["settings"])
    status = row["status"] | {"versions": {}}
    run.status.write_text(json.dumps({"started": status.get("ended"), **status}), encoding="utf-8")
    lines = (
        {"step": step, "epoch": epoch, "split": "dev", "loss": loss, "metrics": metrics, "learning_rates": {}}
        for step, epoch, loss, metrics in row["curve"]
    )
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    if not row["answers"]:
        return
    dataset = load_dataset(recorded(row["settings"] | {"data_dir": data_dir}, run.settings))
    predictions = Predictions(_logits(row["answers"], dataset.kind == "regression"), dataset.kind)
    Judge(dataset).write(run, "dev", predictions, dataset.splits["dev"], "dev")


def _logits(answers: Sequence[int], values: bool) -> np.ndarray[Any, np.dtype[np.float32]]:
    numbers = np.array(answers, np.float64)
    if values:
        return (numbers[:, None] / 1000).astype(np.float32)
    share = np.clip(numbers / _UNITS, 1e-6, 1 - 1e-6)
    return np.log(np.stack([1 - share, share], axis=1)).astype(np.float32)


def commit() -> str:
    """Return the commit that is checked out."""
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip()
