"""What a run answered to each example: its evaluations/<split>.predictions.jsonl."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from ftcli.errors import RunError
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.files import read_text
from ftcli.runs.folder import RunFolder
from ftcli.tasks.labelsets import to_number

Answered = NDArray[np.signedinteger[Any]] | NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Answers:
    """Labels and predictions in the order of the data, shape [examples] each.

    They are class numbers, numbers of label sets, or values.

    ``examples`` tells the examples and their labels apart from others.
    """

    examples: str
    labels: Answered
    predictions: Answered
    classes: int


def read_answers(run: RunFolder, split: str, evaluation: Evaluation) -> Answers | None:
    """Read what a run answered; None where it was not written down.

    Raises:
        RunError: the file is damaged; the message names it and the line.
    """
    path = run.predictions(split)
    if not path.is_file():
        return None
    numbers = {name: number for number, name in enumerate(evaluation.label_names)}
    digest = hashlib.sha256()
    labels: list[float] = []
    predictions: list[float] = []
    for place, text in enumerate(read_text(path).splitlines(), start=1):
        try:
            line = from_json(text)
            digest.update(f"{line['id']}\0{line['label']}\0".encode())
            labels.append(_number(line["label"], numbers))
            predictions.append(_number(line["prediction"], numbers))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise RunError(f"{path}, line {place}: not a prediction with its label ({error})") from error
    if not labels:
        return None
    return Answers(digest.hexdigest(), _array(labels, numbers), _array(predictions, numbers), max(2, len(numbers)))


def _array(answers: list[float], numbers: dict[str, int]) -> Answered:
    """Return answers in as few bytes as they need: a thousand runs of ten thousand examples are held at a time."""
    if not numbers:
        return np.array(answers, dtype=np.float32)
    found = np.array(answers, dtype=np.int64)
    return found.astype(np.min_scalar_type(-1 - int(found.max())))  # signed: what is no hit is counted as -1


def _number(answer: str | list[str] | float, numbers: dict[str, int]) -> float:
    if isinstance(answer, list):
        return to_number(numbers[name] for name in answer)
    return numbers[str(answer)] if numbers else float(answer)
