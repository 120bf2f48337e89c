"""How a study is trained where nobody has said so."""

from __future__ import annotations

import pytest
import torch
from families import save_family

from ftcli.settings.train import train_settings
from ftcli.trainings.executors import chosen_executor

TEXTS = ["the cat sat on the mat", "a dog ran in the park"] * 20


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr("ftcli.engine.device.device_for_training", lambda *_: torch.device("cuda"))


def chosen(family, folder, **options):
    model = save_family(family, folder / "model", TEXTS)
    return chosen_executor(train_settings()(task="demo", model=str(model), **({"seeds": "1,2"} | options)))


@pytest.mark.parametrize(
    ("family", "options", "executor"),
    [
        ("Bert", {}, "vmap"),
        ("Bert", {"optimizer": "adagrad"}, "vmap"),
        ("Bert", {"seeds": None, "folds": 3}, "graph"),
        ("ModernBert", {}, "graph"),
        ("DebertaV2", {}, "graph"),
        ("DebertaV2", {"optimizer": "adagrad"}, "eager"),
        ("DebertaV2", {"executor": "processes"}, "processes"),
    ],
)
def test_on_a_gpu_it_is_what_the_model_allows(gpu, tmp_path, family, options, executor):
    assert chosen(family, tmp_path, **options) == executor


@pytest.mark.parametrize("family", ["Bert", "DebertaV2"])
def test_on_a_processor_it_is_processes(tmp_path, family):
    assert chosen(family, tmp_path) == "processes"
