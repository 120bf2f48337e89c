"""``ftcli export``: what is written is run without torch, and does what the run's own model does."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from terminal import Answer, Desk, contents, lines_of, reviews

pytestmark = pytest.mark.slow

RUN = Path("runs") / "reviews" / "baseline-seed2"


@dataclass(frozen=True)
class Exported:
    """A desk with an export, and what the command said."""

    desk: Desk
    answer: Answer

    @property
    def folder(self) -> Path:
        return self.desk.folder / RUN / "onnx"


@pytest.fixture(scope="session")
def exported(tmp_path_factory, trained) -> Exported:
    """To be read only: an export takes seconds."""
    folder = tmp_path_factory.mktemp("exported") / "desk"
    shutil.copytree(trained.desk.folder, folder)
    desk = Desk(folder, trained.desk.model)
    return Exported(desk, desk.ask("export", "--quantize", "--json"))


def logits_of(folder: Path, texts: list[str], graph: str = "model.onnx") -> np.ndarray:
    """What a program would do that has onnxruntime and the tokenizer alone."""
    import onnxruntime
    from transformers import AutoTokenizer

    session = onnxruntime.InferenceSession(folder / graph)
    inputs = AutoTokenizer.from_pretrained(folder)(texts, truncation=True, padding=True, return_tensors="np")
    (logits,) = session.run(["logits"], {each.name: inputs[each.name] for each in session.get_inputs()})
    return logits


def test_it_answers_as_the_run_did_in_batches_of_any_shape(exported):
    labels = json.loads((exported.folder / "config.json").read_text())["id2label"]
    assert labels == {"0": "bad", "1": "good"}
    texts = [text for text, _ in reviews(24, seed=1)]
    written = lines_of(exported.desk.folder / RUN / "evaluations" / "dev.predictions.jsonl")
    for size in (1, 5, 24):
        logits = np.concatenate([logits_of(exported.folder, texts[at : at + size]) for at in range(0, 24, size)])
        shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        for row, line in zip(shares, written, strict=True):
            assert labels[str(row.argmax())] == line["prediction"]
            assert row.max() == pytest.approx(line["probabilities"][line["prediction"]], abs=2e-5)


def test_the_axes_have_names(exported):
    import onnxruntime

    session = onnxruntime.InferenceSession(exported.folder / "model.onnx")
    assert {tuple(each.shape) for each in session.get_inputs()} == {("batch", "sequence")}


def test_it_says_how_near_it_is(exported):
    said = exported.answer.json
    assert said["tried_on"] == "dev"
    assert said["examples"] == 24
    assert 0 <= said["graph"]["largest_difference"] <= 1e-4
    assert said["graph"]["other_answers"] == 0
    assert said["graph"]["bytes"] == sum(path.stat().st_size for path in exported.folder.glob("model.onnx*"))
    assert json.loads((exported.folder / "export.json").read_text()).items() <= said.items()


def test_the_loss_by_quantization_is_that_of_the_quantized_graph(exported):
    said = exported.answer.json
    recorded = json.loads((exported.desk.folder / RUN / "evaluations" / "dev.json").read_text())
    assert said["score"] == pytest.approx(recorded["metrics"]["accuracy"])
    right = [label == "good" for _, label in reviews(24, seed=1)]
    logits = logits_of(exported.folder, [text for text, _ in reviews(24, seed=1)], "model_quantized.onnx")
    assert said["quantized"]["score"] == pytest.approx((logits.argmax(-1) == right).mean(), abs=1 / 24)
    assert said["quantized"]["largest_difference"] > said["graph"]["largest_difference"]
    assert said["quantized"]["bytes"] < said["graph"]["bytes"]


def test_the_card_shows_how_to_load_it(exported, monkeypatch, capsys):
    card = (exported.folder / "README.md").read_text()
    code = card.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(exported.folder)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[-1] in ("['bad']", "['good']")
    assert "| train | 48 |" in card


@pytest.fixture
def write_graph_as(monkeypatch, exported):
    """Have a graph that is there already written, which takes no time."""

    def choose(graph: str) -> None:
        def write(model, inputs, path):
            shutil.copy(exported.folder / graph, path)

        monkeypatch.setattr("ftcli.engine.exporting.write_graph", write)

    return choose


def test_what_is_not_near_enough_is_not_written(desk_with_run, write_graph_as):
    write_graph_as("model_quantized.onnx")
    before = contents(desk_with_run.folder)
    answer = desk_with_run.ask("export", code=1)
    assert "does not do what the run's own does" in answer.message
    assert "--tolerance" in answer.message
    assert contents(desk_with_run.folder) == before
    desk_with_run.ask("export", "--tolerance", 10)


def test_without_its_data_it_is_tried_on_invented_texts(desk_with_run, write_graph_as):
    write_graph_as("model.onnx")
    (desk_with_run.folder / "dev.csv").unlink()
    answer = desk_with_run.ask("export", "--output", "out")
    assert "The data is not at hand: dev.csv" in answer.message
    assert "On 200 invented texts" in answer.out
    assert (desk_with_run.folder / "out" / "model.onnx").is_file()


def test_an_export_is_replaced_on_demand_and_nothing_else_ever(exported, tmp_path):
    assert "--overwrite" in exported.desk.ask("export", code=1).message
    (tmp_path / "thesis.txt").write_text("years of work")
    message = exported.desk.ask("export", "--output", tmp_path, "--overwrite", code=1).message
    assert "holds something else" in message
    assert (tmp_path / "thesis.txt").is_file()


def test_missing_packages_are_named_with_the_extra(desk_with_run, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("importlib.util.find_spec", hide("onnxruntime"))
    message = desk_with_run.ask("export", code=1).message
    assert "not installed: onnxruntime" in message
    assert "pip install 'ftcli[onnx]'" in message


def hide(package: str):
    """A way to look for packages that does not see this one."""
    from importlib.util import find_spec

    return lambda name, *rest: None if name == package else find_spec(name, *rest)
