"""Write a run's model for programs that know no torch."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftcli.api.cards import card_of
from ftcli.data.reading import Reading
from ftcli.errors import FtcliError, RunError
from ftcli.runs.catalogue import find_run
from ftcli.runs.files import hidden_beside, replace_folder, write_json, write_text
from ftcli.runs.recorded import recorded_settings
from ftcli.settings.export import ExportSettings
from ftcli.settings.train import TrainSettings
from ftcli.tasks.dataset import Dataset
from ftcli.tasks.kind import Kind
from ftcli.tasks.load import load_dataset

if TYPE_CHECKING:
    from ftcli.engine.exporting import Agreement, Exporter

FACTS = "export.json"
_GRAPH, _QUANTIZED = "model.onnx", "model_quantized.onnx"


@dataclass(frozen=True)
class ExportResult:
    """What was written, and how it was held against the run's own model.

    ``tried_on`` is "dev", or "invented texts" where the data is not at hand, for the reason ``without_data``.
    ``reading`` is how the run reads long texts: what calls the graph has to do the same. ``score`` is that of the
    run's own model on dev, by ``metric``.
    """

    run: Path
    folder: Path
    reading: Reading
    tried_on: str
    examples: int
    without_data: str | None
    metric: str | None
    score: float | None
    tolerance: float
    graph: Agreement
    quantized: Agreement | None

    def as_json(self) -> dict[str, Any]:
        """Return what ``ftcli export --json`` prints."""
        return {"run": str(self.run), "folder": str(self.folder), **self.facts()}

    def facts(self) -> dict[str, Any]:
        """Return what ``export.json`` says of what lies beside it."""
        return {
            "reading": asdict(self.reading),
            "tried_on": self.tried_on,
            "examples": self.examples,
            "without_data": self.without_data,
            "metric": self.metric,
            "score": self.score,
            "tolerance": self.tolerance,
            "graph": self.graph.as_json(),
            "quantized": self.quantized.as_json() if self.quantized else None,
        }


def export(settings: ExportSettings) -> ExportResult:
    """Write the model of a run as an ONNX graph, with configuration and tokenizer beside it.

    It is run over the dev set and held against the run's own model first.

    Raises:
        RunError: there is no such run, it has no model, or something else lies in the folder.
        ModelError: the model can't be exported, or what was written does not do the same.
        FtcliError: the packages of the extra ``onnx`` are missing.
    """
    run = find_run(settings.run, settings.runs_dir)
    if not run.model.is_dir():
        raise RunError(f"{run.path} holds no model", hint="It has not finished, or was trained without saving it.")
    told = recorded_settings(run)
    folder = settings.output or run.path / settings.to
    _refuse_occupied(folder, overwrite=settings.overwrite)
    dataset, without_data = _data(told, settings)
    from ftcli.models.onnx import require_packages

    require_packages()
    from ftcli.engine.exporting import Exporter

    pairs = bool((run.read_status().model_extra or {}).get("pairs"))
    exporter = Exporter(run.model, dataset, reading=told.reading, pairs=pairs, threads=settings.threads)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = hidden_beside(folder)
    new.mkdir()
    try:
        graph, quantized = _write(exporter, new, settings)
        result = ExportResult(
            run=run.path,
            folder=folder,
            reading=told.reading,
            tried_on="dev" if dataset else "invented texts",
            examples=exporter.examples,
            without_data=without_data,
            metric=dataset.metric if dataset else None,
            score=exporter.score,
            tolerance=settings.tolerance,
            graph=graph,
            quantized=quantized,
        )
        write_json(new / FACTS, result.facts())
        write_text(new / "README.md", card_of(run, loading=_loading_code(exporter.kind, pairs=pairs)))
        replace_folder(new, folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return result


def _write(exporter: Exporter, folder: Path, settings: ExportSettings) -> tuple[Agreement, Agreement | None]:
    from ftcli.engine.exporting import refuse_if_apart

    graph = exporter.write(folder / _GRAPH)
    refuse_if_apart(graph, settings.tolerance)
    quantized = exporter.quantize(folder / _GRAPH, folder / _QUANTIZED) if settings.quantize else None
    exporter.save_beside(folder)
    return graph, quantized


def _refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / FACTS).is_file():
        raise RunError(f"--output: {folder} holds something else than an export", hint="Give another folder.")
    if not overwrite:
        raise RunError(f"{folder} holds an export already", hint="Replace it with --overwrite, or give --output.")


def _data(told: TrainSettings, settings: ExportSettings) -> tuple[Dataset | None, str | None]:
    """Return the run's data, or why it is not at hand."""
    try:
        return load_dataset(told.model_copy(update={"data_dir": settings.data_dir or told.data_dir})), None
    except FtcliError as error:
        return None, error.message


def _loading_code(kind: Kind, *, pairs: bool) -> str:
    """Return Python code that runs the graph on a text, or a pair of texts, without torch."""
    texts = '["One text."], ["Another."]' if pairs else '["A text."]'
    return _LOADING.format(texts=texts) + _ANSWERS[kind]


_LOADING = """
import json
from pathlib import Path
import onnxruntime
from transformers import AutoTokenizer

labels = json.loads(Path("config.json").read_text())["id2label"]
tokenizer = AutoTokenizer.from_pretrained(".")
session = onnxruntime.InferenceSession("model.onnx")
wanted = [each.name for each in session.get_inputs()]
inputs = tokenizer({texts}, truncation=True, padding=True, return_tensors="np")
(logits,) = session.run(["logits"], {{name: inputs[name] for name in wanted}})
""".lstrip()
_ANSWERS: dict[Kind, str] = {
    "classification": "print([labels[str(number)] for number in logits.argmax(-1)])",
    "multilabel": "print([[labels[str(number)] for number in row.nonzero()[0]] for row in logits > 0])",
    "regression": "print(logits[:, 0])",
}
