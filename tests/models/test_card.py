"""The model card: whatever data and settings are called, it is a whole page with valid front matter."""

from __future__ import annotations

import json

import pytest
import yaml
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from hypothesis import given, settings
from hypothesis import strategies as st

from ftcli.models.card import model_card
from ftcli.models.markdown import fenced, inline, table
from ftcli.runs.evaluation import Evaluation
from ftcli.runs.folder import RunFolder
from ftcli.settings.train import train_settings

NASTY = 'a: "b"\n---\n# c | d <script>`'


def evaluation(**more) -> Evaluation:
    values = {
        "task": "reviews",
        "split": "dev",
        "examples": 24,
        "metric": "accuracy",
        "metrics": {"accuracy": 0.75, "f1": None},
        "interval": {"level": 0.95, "low": 0.6, "high": 0.9},
        "majority": {"accuracy": 0.5},
        "label_names": ["bad", "good"],
    }
    return Evaluation.model_validate(values | more)


def card(folder, *, facts=None, options=None, scores=(), **more) -> str:
    run = RunFolder.create(folder, {}, **(facts or {}))
    return model_card(
        run, train_settings()(**({"task": "reviews"} | (options or {}))), evaluation(**more), scores=scores
    )


def front_matter(text: str) -> dict:
    return yaml.safe_load(REGEX_YAML_BLOCK.search(text).group(2))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def test_the_front_matter_says_what_the_hub_shows(folder):
    found = front_matter(card(folder, options={"model": "bert"}))
    assert found["library_name"] == "transformers"
    assert found["base_model"] == "google-bert/bert-base-uncased"
    (model,) = found["model-index"]
    ((metric,),) = [result["metrics"] for result in model["results"]]
    assert (metric["type"], metric["value"]) == ("accuracy", 0.75)


def test_names_from_data_break_neither_front_matter_nor_page(folder):
    text = card(folder, task=NASTY, label_names=[NASTY, "good"], metric=NASTY, metrics={NASTY: 0.5})
    found = front_matter(text)
    assert found["model-index"][0]["results"][0]["dataset"]["name"] == 'a: "b" --- # c | d <script>`'
    assert text.count("\n---\n") == 1
    assert "<script>" not in text.split("\n---\n")[1].replace("\\<", "")
    assert '| a: "b" --- \\# c \\| d \\<script\\>\\` | 0.5000 | - |' in text


def test_data_recipe_and_scores(folder):
    facts = {"data": "abc123", "examples": {"train": 48, "dev": 24}}
    text = card(folder, facts=facts, options={"strategy": ["rdrop"], "seed": 7}, scores=[0.7, 0.8])
    for part in (
        "| train | 48 |",
        "`abc123`",
        "seed 7",
        "https://arxiv.org/abs/2106.14448",
        "| accuracy | 0.7500 | 0.5000 |",
        "95% interval of accuracy over the examples, for this one model: 0.6000 to 0.9000",
        "with 2 seeds: mean 0.7500, standard deviation 0.0707, from 0.7000 to 0.8000",
        "labels: bad, good",
    ):
        assert part in text


def test_limits_follow_from_the_facts(folder, tmp_path):
    few = card(folder, facts={"examples": {"train": 48, "dev": 24}})
    assert "from 48 examples only" in few
    assert "which flatters them a little" in few
    assert "which flatters" not in card(tmp_path / "once", options={"epochs": 1})
    assert "no better than" not in few
    enough = card(
        tmp_path / "other",
        facts={"examples": {"train": 5000, "select": 100, "dev": 24}},
        majority={"accuracy": 0.75},
    )
    assert "examples only" not in enough
    assert "the dev set was only reported" in enough
    assert "**It scores no better than always giving the most frequent answer.**" in enough
    beaten = card(tmp_path / "third", linear={"accuracy": 0.8})
    assert "| accuracy | 0.7500 | 0.5000 | 0.8000 |" in beaten
    assert "**It scores no better than a linear model" in beaten


def test_calibration_is_told_where_there_is_one(folder):
    assert "## Calibration" not in card(folder)
    found = {"temperature": 1.5, "bins": [1, 2], "threshold": {"a_b|": 0.3}}
    (folder / "calibration.json").write_text(json.dumps(found))
    run = RunFolder(folder)
    text = model_card(run, train_settings()(task="reviews"), evaluation())
    assert "| temperature | 1.5 |\n| threshold: a\\_b\\| | 0.3 |\n\n" in text
    assert "at its bound" not in text
    (folder / "calibration.json").write_text(json.dumps({"temperature": 10.0}))
    assert "The temperature is at its bound" in model_card(run, train_settings()(task="reviews"), evaluation())
    (folder / "calibration.json").write_text("no json")
    assert "## Calibration" not in model_card(run, train_settings()(task="reviews"), evaluation())


def test_no_place_on_this_machine_is_told(folder, tmp_path):
    options = {"train_file": tmp_path / "reviews.csv", "data_dir": tmp_path / "data", "model": str(tmp_path / "tiny")}
    text = card(folder, options=options)
    assert str(tmp_path) not in text
    assert 'train_file = "reviews.csv"' in text
    assert "# tiny fine-tuned on reviews" in text


def test_a_regression_is_loaded_without_a_sigmoid(folder):
    text = card(
        folder, label_names=[], metric="mse", metrics={"mse": 0.2}, majority={"mse": 0.5}, facts={"pairs": True}
    )
    assert 'function_to_apply="none"' in text
    assert '"text_pair"' in text
    assert "no better than" not in text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_row_of_a_table_stays_a_row(cells):
    lines = table(["x"] * len(cells), [cells]).splitlines()
    assert len(lines) == 3
    assert lines[2].replace("\\|", "").replace("\\\\", "").count("|") >= len(cells) + 1
    assert all(len(inline(cell).splitlines()) <= 1 for cell in cells)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="`a\n"))
def test_code_does_not_end_its_block(text):
    first, *_, last = fenced(text, "toml").split("\n")
    assert first == last + "toml"
    assert last not in text
