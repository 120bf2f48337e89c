"""The model card: what a model was made of, how good it is, and what it is not good for."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from ftcli.baselines.verdict import no_better
from ftcli.calibration.temperature import is_at_bound
from ftcli.errors import RunError
from ftcli.models.catalogue import hub_name
from ftcli.models.markdown import fenced, inline, one_line, table
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.files import read_json
from ftcli.runs.folder import RunFolder
from ftcli.runs.toml import to_toml
from ftcli.settings.train import TrainSettings
from ftcli.tasks.metrics import METRICS

_FEW = 1000


def model_card(
    run: RunFolder,
    settings: TrainSettings,
    evaluation: Evaluation,
    *,
    loading: str | None = None,
    scores: Sequence[float] = (),
) -> str:
    """Return the README.md of a run's model.

    Args:
        run: has the facts about the data in its status, and ``calibration.json`` where the model is calibrated.
        settings: what it was trained with.
        evaluation: what it scored.
        loading: the Python code that loads it; absent: that for its folder.
        scores: the main score of every seed or fold of its study.
    """
    facts = run.read_status().model_extra or {}
    task = inline(evaluation.task)
    parts = [
        _front_matter(settings, evaluation),
        f"# {inline(_base(settings))} fine-tuned on {task}",
        _answer(evaluation, facts),
        "## How to load it",
        fenced(loading or loading_code(evaluation, facts, "model"), "python"),
        "## Data",
        *_data(task, facts),
        "## Recipe",
        *_recipe(settings, facts),
        f"## Scores on the {inline(evaluation.split)} set ({evaluation.examples} examples)",
        *_scores(settings, evaluation, scores),
        *_calibration(run.path / "calibration.json"),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _limits(settings, evaluation, facts)),
        "## Settings",
        fenced(to_toml(_without_places(settings)).strip(), "toml"),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(settings: TrainSettings, evaluation: Evaluation) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="text-classification",
            dataset_type=one_line(evaluation.task),
            dataset_name=one_line(evaluation.task),
            dataset_split=evaluation.split,
            metric_type=one_line(name),
            metric_value=round(value, 6),
        )
        for name, value in evaluation.metrics.items()
        if value is not None
    ]
    content = ModelCardData(
        library_name="transformers",
        pipeline_tag="text-classification",
        tags=["ftcli"],
        base_model=hub_name(settings.model),
        model_name=one_line(f"{_base(settings)} fine-tuned on {evaluation.task}"),
        eval_results=results or None,
    )
    return f"---\n{content.to_yaml().strip()}\n---"


def _base(settings: TrainSettings) -> str:
    """Return what the pretrained model is called, without the place where it lay."""
    return hub_name(settings.model) or Path(settings.model).name


def _answer(evaluation: Evaluation, facts: Mapping[str, Any]) -> str:
    given = "a pair of texts" if facts.get("pairs") else "a text"
    if not evaluation.label_names:
        return f"It gives {given} a number."
    how = "any, or none, of" if _kind(evaluation) == "multilabel" else "one of"
    names = [inline(name) for name in evaluation.label_names]
    answer = f"It gives {given} {how} these labels: {', '.join(names)}."
    if len(names) == 2 and _kind(evaluation) == "classification":
        answer += f" Precision, recall, f1 and thresholds are about {names[1]}."
    return answer


def _kind(evaluation: Evaluation) -> str:
    metric = METRICS.get(evaluation.metric)
    return metric.kind if metric else "classification" if evaluation.label_names else "regression"


def loading_code(evaluation: Evaluation, facts: Mapping[str, Any], name: str) -> str:
    """Return the Python code that loads a model by its name on the hub, or its folder, and asks it something."""
    text = '{"text": "One text.", "text_pair": "Another."}' if facts.get("pairs") else '"A text."'
    more = {"regression": ', function_to_apply="none"', "multilabel": ", top_k=None"}
    options = "truncation=True" + more.get(_kind(evaluation), "")
    return (
        "from transformers import pipeline\n\n"
        f'classify = pipeline("text-classification", model={name!r})\n'
        f"classify({text}, {options})"
    )


def _data(task: str, facts: Mapping[str, Any]) -> Iterator[str]:
    sizes = facts.get("examples")
    if isinstance(sizes, Mapping):
        yield f"The task {task}:"
        yield table(["split", "examples"], sizes.items())
    if "data" in facts:
        yield f"SHA-256 of all texts and labels: `{inline(facts['data'])}`"


def _recipe(settings: TrainSettings, facts: Mapping[str, Any]) -> Iterator[str]:
    soup = facts.get("soup_of")
    origin = f"the average of seeds {', '.join(map(str, soup))}" if soup else f"seed {settings.seed}"
    origin += "" if settings.fold is None else f", fold {settings.fold} of {settings.folds} held out"
    yield f"Made by ftcli from {inline(settings.model)}, {origin}, with these techniques:"
    yield "\n".join(f"- `{each.name}`: {each.title()} ({each.source})" for each in settings.recipe())


def _scores(settings: TrainSettings, evaluation: Evaluation, scores: Sequence[float]) -> Iterator[str]:
    columns = {"value": evaluation.metrics, **evaluation.baselines}
    rows = [(name, *(_number(column.get(name)) for column in columns.values())) for name in evaluation.metrics]
    yield table(["score", *columns], rows)
    found = evaluation.interval
    if found is not None:
        yield (
            f"{found.level:.0%} interval of {inline(evaluation.metric)} over the examples, for this one model: "
            f"{_number(found.low)} to {_number(found.high)}."
        )
    if len(scores) > 1:
        runs = f"with {len(scores)} seeds" if settings.fold is None else f"on {len(scores)} folds"
        yield (
            f"The same recipe {runs}: mean {_number(statistics.fmean(scores))}, standard deviation "
            f"{_number(statistics.stdev(scores))}, from {_number(min(scores))} to {_number(max(scores))}."
        )


def _calibration(path: Path) -> Iterator[str]:
    try:
        found = read_json(path)
    except RunError:
        return
    rows = [(name, value) for name, value in _leaves(found) if isinstance(value, int | float | str)]
    if rows:
        yield "## Calibration"
        yield table(["", "value"], rows)
        yield "The weights give the probabilities without it: divide the logits by the temperature first."
        if isinstance(temperature := dict(rows).get("temperature"), float) and is_at_bound(temperature):
            yield "The temperature is at its bound, as there was too little to fit it on: it may do harm."


def _leaves(found: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of an object and of those in it, such as the thresholds of labels, with all of their names."""
    if not isinstance(found, dict):
        yield name, found
        return
    for key, value in found.items():
        yield from _leaves(value, f"{name}: {key}" if name else key.replace("_", " "))


def _limits(settings: TrainSettings, evaluation: Evaluation, facts: Mapping[str, Any]) -> Iterator[str]:
    sizes = facts.get("examples") or {}
    if (trained_on := sizes.get("train", _FEW)) < _FEW:
        yield f"It learned from {trained_on} examples only: with another seed it would answer some texts otherwise."
    if "select" in sizes:
        yield f"The epoch was chosen on a set of its own; the {inline(evaluation.split)} set was only reported."
    elif settings.epochs > 1:
        yield "The epoch was chosen on the set that the scores are of, which flatters them a little."
    if beaten := no_better(evaluation):
        yield f"**{beaten}**"
    yield _read_of_long_texts(settings)
    yield (
        "The language was not looked at: expect sense for texts in the language and manner of the data alone. "
        "What is one-sided in the data or in the pretrained model is so here, too."
    )


def _read_of_long_texts(settings: TrainSettings) -> str:
    tokens = settings.max_length
    if settings.long_text == "windows":
        return (
            f"It reads a text in windows of {tokens} tokens and answers with the mean of their logits, "
            "as ftcli does; a pipeline reads the first window alone."
        )
    if settings.truncation == "head-tail":
        return f"Of a longer text it reads the first and the last of {tokens} tokens; a pipeline cuts its end instead."
    return f"Of a longer text it reads the {'first' if settings.truncation == 'right' else 'last'} {tokens} tokens."


def _without_places(settings: TrainSettings) -> dict[str, Any]:
    """Return the settings with the names of files and folders alone: where they lay is nobody's business."""
    found = settings.resolved()
    for name, field in type(settings).model_fields.items():
        if name in found and Path in (field.annotation, *get_args(field.annotation)):
            found[name] = Path(found[name]).name
    return found | {"model": _base(settings) if "/" in settings.model else settings.model}


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
