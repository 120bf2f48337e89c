"""What is read of long texts, in training, evaluation and prediction alike."""

from __future__ import annotations

import json

import numpy as np
import pytest
from terminal import LEARNING, lines_of, reviews, write_rows

pytestmark = pytest.mark.slow

FILLING = 4 * ["the", "phone", "is", "very", "screen"]
PLACES = {"start": 0, "middle": 10, "end": 20}
LENGTH = 12


def long_text(place: int, word: str) -> str:
    return " ".join([*FILLING[:place], word, *FILLING[place:]])


@pytest.fixture
def train(desk):
    """Train, and say of each place in a long text whether a word there makes a difference to the answer."""
    rows = [(long_text(place, word), "good") for place in PLACES.values() for word in ("great", "awful")]
    write_rows(desk.folder / "dev.csv", [*rows, ("poor", "bad")])

    def ask(*options: object) -> tuple[dict, dict[str, bool]]:
        answer = desk.train("--max-length", LENGTH, *LEARNING, *options, "--json").json
        written = lines_of(desk.folder / answer["run"] / "evaluations" / "dev.predictions.jsonl")
        shares = np.array([each["probabilities"]["good"] for each in written[:6]]).reshape(3, 2)
        read = np.abs(shares[:, 0] - shares[:, 1]) > 1e-5  # in a batch the same text may be rounded otherwise
        return answer, dict(zip(PLACES, read.tolist(), strict=True))

    return ask


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ([], ["start"]),
        (["--truncation", "left"], ["end"]),
        (["--truncation", "head-tail"], ["start", "end"]),
        (["--long-text", "windows"], ["start", "middle", "end"]),
    ],
    ids=" ".join,
)
def test_what_is_read(train, options, read):
    _, matters = train(*options)
    assert {place for place, does in matters.items() if does} == set(read)


@pytest.mark.parametrize("options", [["--truncation", "head-tail"], ["--long-text", "windows", "--window-stride", 4]])
def test_evaluation_and_prediction_read_as_training_did(train, desk, options):
    answer, _ = train(*options)
    written = lines_of(desk.folder / answer["run"] / "evaluations" / "dev.predictions.jsonl")
    assert desk.ask("eval", "--json").json["loss"] == pytest.approx(answer["loss"], rel=1e-5)
    texts = [long_text(place, word) for place in PLACES.values() for word in ("great", "awful")]
    (desk.folder / "new.txt").write_text("\n".join(texts) + "\n")
    desk.ask("predict", "latest", "new.txt", "--output", "answers.jsonl")
    for line, expected in zip(lines_of(desk.folder / "answers.jsonl"), written[:6], strict=True):
        assert line["probabilities"] == pytest.approx(expected["probabilities"], abs=2e-6)
    card = (desk.folder / answer["run"] / "model" / "README.md").read_text()
    assert "a pipeline" in card


def test_the_answer_to_a_text_in_windows_is_the_mean_of_their_logits(train, desk):
    answer, _ = train("--long-text", "windows", "--window-stride", 5)
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = desk.folder / answer["run"] / "model"
    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    words = long_text(0, "great").split()
    windows = [" ".join(words[start : start + LENGTH - 2]) for start in (0, 5, 10, len(words) - LENGTH + 2)]
    logits = model(**tokenizer(windows, padding=True, return_tensors="pt")).logits.mean(0)
    written = lines_of(desk.folder / answer["run"] / "evaluations" / "dev.predictions.jsonl")[0]
    assert written["probabilities"]["good"] == pytest.approx(logits.softmax(-1)[1].item(), abs=2e-6)


def test_a_pipeline_cuts_the_left_end_where_training_did(train, desk):
    answer, _ = train("--truncation", "left")
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(desk.folder / answer["model"]), device="cpu")
    (found,) = classify([long_text(20, "great")], truncation=True)
    written = lines_of(desk.folder / answer["run"] / "evaluations" / "dev.predictions.jsonl")[4]
    assert found["score"] == pytest.approx(written["probabilities"][found["label"]], abs=2e-5)


@pytest.mark.parametrize("technique", ["--rdrop", "--freeze", "--mixup"])
def test_windows_go_with_techniques(desk, technique):
    write_rows(desk.folder / "reviews.csv", [(" ".join([text] * 5), label) for text, label in reviews(48)])
    told = desk.train("--long-text", "windows", "--max-length", 10, technique, "--dry-run", "--json").json
    assert told["examples"]["train"] == 48
    answer = desk.train("--long-text", "windows", "--max-length", 10, technique, "--json").json
    assert answer["examples"] == 24


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_seeds_in_the_same_steps_draw_windows_of_their_own(desk):
    options = ["--long-text", "windows", "--max-length", 6, "--threads", 1, "--max-steps", 2, "--no-save-model"]
    told = desk.train("--seeds", "1,2", "--executor", "vmap", *options, "--json").json
    alone = desk.train("--seed", 2, "--output", "alone", *options, "--json").json
    assert told["runs"][1]["loss"] == pytest.approx(alone["loss"], rel=1e-3)
    assert told["runs"][0]["loss"] != told["runs"][1]["loss"]


def test_an_export_says_how_texts_are_read(train, desk):
    answer, _ = train("--long-text", "windows")
    said = desk.ask("export", "--json").json
    assert said["reading"] == {"max_length": LENGTH, "truncation": "right", "stride": LENGTH // 2}
    assert said["examples"] == 7
    recorded = json.loads((desk.folder / answer["run"] / "evaluations" / "dev.json").read_text())
    assert said["score"] == pytest.approx(recorded["metrics"][recorded["metric"]])


def test_a_stride_needs_windows(desk):
    assert "--window-stride goes with --long-text windows" in desk.train("--window-stride", 4, code=2).message
    ask = ["--long-text", "windows", "--max-length", 16, "--window-stride", 16]
    assert "16 from one to the next would leave some unread" in desk.train(*ask, code=2).message
