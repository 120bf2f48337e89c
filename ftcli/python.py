"""ftcli from Python: what ``from ftcli import train, evaluate, ...`` gives.

Each function takes a settings object, or its fields as keywords, which are those of the config file: ``lr=5e-5``,
``strategy=["rdrop"]``, ``rdrop={"alpha": 2}``. The environment and config files are not read. What the command line
ends with a message raises ``FtcliError``, which says how to mend it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ftcli import api
from ftcli.api import CheckResult, EvaluateResult, ExportResult
from ftcli.compare.report import Comparison
from ftcli.errors import FtcliError, SingleTextsError, UsageError  # noqa: F401 - the first for all who use this module
from ftcli.prediction.writing import Answer
from ftcli.settings.base import CommandSettings
from ftcli.settings.check import CheckSettings
from ftcli.settings.compare import CompareSettings
from ftcli.settings.evaluate import EvaluateSettings
from ftcli.settings.export import ExportSettings
from ftcli.settings.layers import Layer, checked
from ftcli.settings.predict import PredictSettings
from ftcli.settings.train import train_settings
from ftcli.tasks.default import with_default_task
from ftcli.trainings.campaign import DEFAULT_SEEDS
from ftcli.trainings.observer import StudyObserver
from ftcli.trainings.outcome import StudyResult
from ftcli.trainings.single import TrainResult

if TYPE_CHECKING:
    from ftcli.engine.observers import Observer
    from ftcli.settings.train import TrainSettings
else:
    TrainSettings = train_settings()  # with a field for the options of each technique

Settings = TypeVar("Settings", bound=CommandSettings)


def train(
    settings: TrainSettings | None = None, /, *, observers: Sequence[Observer] = (), **values: Any
) -> TrainResult:
    """Train once, into a new run folder.

    Args:
        settings: what to train; or give its fields as keywords.
        observers: are told what happens (``ftcli.engine.observers``); without any it trains silently.
        **values: fields of ``TrainSettings``, such as ``task="demo"``; what is left out has its default.

    Returns:
        The finished run: ``path``, ``score``, ``metrics``, and ``predictions`` for the dev set.

    Raises:
        FtcliError: a setting, the data or the model is not as it should be, or the training diverges.
    """
    return api.train(with_default_task(_told(TrainSettings, settings, values)), observers)


def train_study(
    settings: TrainSettings | None = None, /, *, observer: StudyObserver | None = None, **values: Any
) -> StudyResult:
    """Train with each of several seeds (five, where ``seeds`` doesn't say), or on each of ``folds`` parts of the data.

    On a CPU the seeds train in processes of their own, so a script calls this below ``if __name__ == "__main__":``.

    Args:
        settings: what to train; or give its fields as keywords.
        observer: is told what happens; without one it trains silently.
        **values: fields of ``TrainSettings``.

    Returns:
        All runs: ``path``, ``scores``, ``mean``, ``std``; ``finished`` has the result of each that finished.

    Raises:
        FtcliError: nothing could be trained; a seed that fails by itself is told in ``outcomes``.
    """
    told = with_default_task(_told(TrainSettings, settings, values))
    told = told if told.differing is not None else told.model_copy(update={"seeds": DEFAULT_SEEDS})
    return api.train_study(told, observer)


def evaluate(settings: EvaluateSettings | None = None, /, **values: Any) -> EvaluateResult:
    """Judge the model of a run, or of any folder, on one split of its task or on a file.

    Args:
        settings: what to judge; or give its fields as keywords.
        **values: fields of ``EvaluateSettings``, such as ``run=run.path, split="test"``.

    Returns:
        ``score``, ``metrics``, ``evaluation`` with all the rest, and the file ``predictions``.

    Raises:
        FtcliError: there is no such run, model, split or file, or they don't go together.
    """
    return api.evaluate(_told(EvaluateSettings, settings, values))


def predict(
    settings: PredictSettings | None = None, /, *, texts: Iterable[str | tuple[str, str]] | None = None, **values: Any
) -> Iterator[Answer]:
    """Let a trained model, or all models of a study together, answer new texts.

    Args:
        settings: which model answers what; or give its fields as keywords.
        texts: the texts, or pairs of them, in place of a ``file``; one of both there must be.
        **values: fields of ``PredictSettings``, such as ``run=run.path, file="new.csv"``.

    Returns:
        The answers in the order of the texts, each a dictionary: ``id``, ``prediction``, and of a classification
        ``probabilities`` by label. They are computed as one asks for them. To a blank row of a file the prediction is
        None.

    Raises:
        FtcliError: there is no such run or model, or a text can't be read.
    """
    stream, rows = None, list[tuple[str, ...]]()
    file = (_given(PredictSettings, settings) | values).get("file")
    if (texts is None) == (file is None):
        raise UsageError("either texts or a file is to be answered", hint="Give texts=[...] or file=...; - is stdin.")
    if texts is not None:
        rows = _rows_of(texts)
        columns = ("text", "pair")[: len(rows[0]) if rows else 1]
        lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
        stream = io.BytesIO("\n".join(lines).encode())
        values |= {f"{name}_column": name for name in columns} | {"format": "jsonl", "file": "-"}
    try:
        prediction = api.predict(_told(PredictSettings, settings, values), stream)
    except SingleTextsError as error:
        if texts is None:
            raise
        message = "texts[0] is a pair, and the model answers single texts"
        raise UsageError(message, hint="Give texts alone: texts=[a, b, ...].") from error
    if rows and len(rows[0]) == 1 and prediction.pairs:
        raise UsageError("texts[0] is one text, and the model answers pairs", hint="Give pairs: texts=[(a, b), ...].")
    return chain.from_iterable(prediction)


def _rows_of(texts: Iterable[str | tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return the texts as rows of one or two, all alike.

    Raises:
        UsageError: they are neither texts nor pairs of them.
    """
    if isinstance(texts, str):
        raise UsageError("texts: a single text is given", hint="Give a list of texts: texts=[text].")
    rows = [tuple(text) if isinstance(text, tuple | list) else (text,) for text in texts]
    for number, row in enumerate(rows):
        if len(row) not in (1, 2) or not all(isinstance(text, str) for text in row):
            raise UsageError(f"texts[{number}] is neither a text nor a pair of texts")
        if len(row) != len(rows[0]):
            raise UsageError(f"texts[{number}] and texts[0] are not alike", hint="Give texts alone, or pairs alone.")
    return rows


def check(settings: CheckSettings | None = None, /, **values: Any) -> CheckResult:
    """Look data over before anything is trained on it.

    Args:
        settings: which data; or give its fields as keywords.
        **values: fields of ``CheckSettings``, such as ``train_file="reviews.csv"``.

    Returns:
        ``findings``, each with the rows that it is about; ``errors`` counts those that would keep a training back.

    Raises:
        FtcliError: nothing can be read.
    """
    return api.check(_told(CheckSettings, settings, values))


def export(settings: ExportSettings | None = None, /, **values: Any) -> ExportResult:
    """Write a run's model as an ONNX graph, held against the run's own model first.

    Args:
        settings: what to write; or give its fields as keywords.
        **values: fields of ``ExportSettings``, such as ``run=run.path, output="onnx"``.

    Returns:
        The ``folder`` that was written, and how far the two models agree.

    Raises:
        FtcliError: there is no such run, its model can't be exported, or the extra ``onnx`` is not installed.
    """
    return api.export(_told(ExportSettings, settings, values))


def compare_runs(settings: CompareSettings | None = None, /, **values: Any) -> Comparison:
    """Put runs side by side: those that differ in their seed together, each recipe with a verdict.

    Args:
        settings: what to compare; or give its fields as keywords.
        **values: fields of ``CompareSettings``, such as ``paths=["runs/demo"]``.

    Returns:
        A table for each task.

    Raises:
        FtcliError: a folder does not exist or holds no run, or a run's file can't be read.
    """
    return api.compare(_told(CompareSettings, settings, values))


def _told(model: type[Settings], settings: Settings | None, values: dict[str, Any]) -> Settings:
    """Return the settings given, with the values given beside them in place of theirs."""
    values = {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
    return checked(model, _given(model, settings) | values, [Layer("the call", values)])


def _given(model: type[Settings], settings: Settings | None) -> dict[str, Any]:
    """Return the values that settings were given.

    Raises:
        UsageError: they are something else.
    """
    if settings is None:
        return {}
    if not isinstance(settings, model):
        raise UsageError(
            f"the call: {settings!r} stands where a {model.__name__} may stand",
            hint="Give values by name: its fields are keywords.",
        )
    return settings.model_dump(exclude_unset=True)
