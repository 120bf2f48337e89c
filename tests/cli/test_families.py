"""Every family of encoders from a folder, with a tokenizer of its own kind, through the command line."""

from __future__ import annotations

import pytest
from families import FAMILIES, save_family
from terminal import lines_of, reviews, write_rows

pytestmark = pytest.mark.slow

LONG = [(" ".join([text] * 4), label) for text, label in reviews(24)]
"""Most are longer than the 40 positions of these models."""


@pytest.fixture(params=[name for name in FAMILIES if name != "Bert"])
def family(request, desk):
    write_rows(desk.folder / "dev.csv", LONG)
    save_family(request.param, desk.folder / "pretrained", [text for text, _ in reviews(48)])
    return request.param


def test_it_trains_and_transformers_answers_alike(family, desk):
    options = ["--model", "pretrained", "--rdrop", "--max-steps", 2, "--threads", 1]
    answer = desk.train(*options, "--json").json
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(desk.folder / answer["model"]), device="cpu")
    found = classify([text for text, _ in LONG], truncation=True)
    written = lines_of(desk.folder / answer["run"] / "evaluations" / "dev.predictions.jsonl")
    for each, line in zip(found, written, strict=True):
        assert each["score"] == pytest.approx(line["probabilities"][each["label"]], abs=2e-5)


def test_shared_layers_have_no_rates_of_their_own(desk):
    save_family("Albert", desk.folder / "pretrained", [text for text, _ in reviews(48)])
    answer = desk.train("--model", "pretrained", "--layerwise-lrd", code=2)
    assert "--layerwise-lrd treats each layer by its depth" in answer.message
    assert not desk.files & {"runs"}
