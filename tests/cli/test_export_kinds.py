"""Exports of what is no plain classification, run without torch: pairs of texts, several labels, a number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from terminal import TAGS, lines_of, reviews, write_rows

pytestmark = pytest.mark.slow

DATA = {
    "pairs": (
        ["--pair-column", "second"],
        ("text", "second", "label"),
        [(text, f"it is {label} {number}", label) for number, (text, label) in enumerate(reviews(24))],
    ),
    "several labels": (
        ["--label-separator", ";"],
        ("text", "label"),
        [(f"{one} {two}", ";".join(sorted({TAGS[one], TAGS[two]}))) for one in TAGS for two in TAGS],
    ),
    "a number": (
        ["--regression"],
        ("text", "label"),
        [(text, str({"good": 4.5, "bad": 1.0}[label] + n % 3 / 4)) for n, (text, label) in enumerate(reviews(24))],
    ),
}


@pytest.mark.parametrize("kind", DATA)
def test_an_export_answers_as_its_run_did(desk, kind, monkeypatch, capsys):
    options, header, rows = DATA[kind]
    write_rows(desk.folder / "own.csv", rows, header=header)
    files = ["--train-file", "own.csv", "--dev-file", "own.csv", *options]
    run = desk.folder / desk.ask("train", *files, "--model", desk.model, "--max-steps", 2, "--json").json["run"]
    told = desk.ask("export", run, "--json").json
    assert (told["tried_on"], told["examples"], told["graph"]["other_answers"]) == ("dev", len(rows), 0)
    texts = [[row[column] for row in rows] for column in range(len(header) - 1)]
    logits = logits_of(run / "onnx", *texts)
    names = list(json.loads((run / "onnx" / "config.json").read_text())["id2label"].values())
    for row, line in zip(logits, lines_of(run / "evaluations" / "dev.predictions.jsonl"), strict=True):
        assert answer_of(kind, row, names) == pytest.approx(written(line), abs=2e-5)
    card = (run / "onnx" / "README.md").read_text()
    monkeypatch.chdir(run / "onnx")
    exec(compile(card.partition("```python\n")[2].partition("```")[0], "README.md", "exec"), {})
    assert capsys.readouterr().out.strip().startswith("[")


def logits_of(folder: Path, *texts: list[str]) -> np.ndarray:
    import onnxruntime
    from transformers import AutoTokenizer

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    inputs = AutoTokenizer.from_pretrained(folder)(*texts, truncation=True, padding=True, return_tensors="np")
    (logits,) = session.run(["logits"], {each.name: inputs[each.name] for each in session.get_inputs()})
    return logits


def answer_of(kind: str, logits: np.ndarray, names: list[str]) -> dict[str, float] | float:
    if kind == "a number":
        return float(logits[0])
    shares = 1 / (1 + np.exp(-logits)) if kind == "several labels" else np.exp(logits) / np.exp(logits).sum()
    return dict(zip(names, shares.tolist(), strict=True))


def written(line: dict[str, Any]) -> dict[str, float] | float:
    return line["probabilities"] if "probabilities" in line else line["prediction"]
