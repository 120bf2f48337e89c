"""Graphs of every family, run with batches of shapes that they were not written with."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch
from families import FAMILIES, family_encoder

from ftcli.errors import ModelError
from ftcli.models.onnx import OnnxModel, write_graph


@pytest.mark.slow  # several seconds each
@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_graph_gives_the_models_logits(family, tmp_path):
    model = family_encoder(family).model.eval()
    write_graph(model, random_batch(2, 7).inputs, tmp_path / "model.onnx")
    graph = OnnxModel(tmp_path / "model.onnx", threads=1)
    for shape in ((1, 7), (2, 3), (5, 30)):
        inputs = random_batch(*shape).inputs
        with torch.inference_mode():
            expected = model(**inputs).logits
        torch.testing.assert_close(torch.from_numpy(graph.logits(inputs)), expected, rtol=1e-5, atol=1e-5)


def test_what_is_no_graph_is_named(tmp_path):
    (tmp_path / "model.onnx").write_text("no graph")
    with pytest.raises(ModelError, match="the model can't be run"):
        OnnxModel(tmp_path / "model.onnx")
