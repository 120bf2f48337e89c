"""Where the spread comes from, of studies made by hand."""

from __future__ import annotations

import statistics

import pytest
from helpers import make_run

from ftcli.compare.compare import compare

FIXED = {
    "all": {},
    "init": {"data_seed": 42, "dropout_seed": 42},
    "data": {"init_seed": 42, "dropout_seed": 42},
    "dropout": {"init_seed": 42, "data_seed": 42},
}
SCORES = {"all": [0.1, 0.5, 0.9], "init": [0.2, 0.5, 0.8], "data": [0.4, 0.5, 0.6], "dropout": [0.5, 0.5, 0.5]}


def spreads(folder):
    (table,) = compare([folder]).tables
    return table.spreads


def test_the_deviations_of_studies_that_change_one_stream_stand_side_by_side(tmp_path):
    for what, fixed in FIXED.items():
        for seed, score in enumerate(SCORES[what], start=1):
            make_run(tmp_path / what / f"seed-{seed}", seed=seed, score=score, **fixed)
    (found,) = spreads(tmp_path)
    assert found.deviations == pytest.approx({what: statistics.stdev(scores) for what, scores in SCORES.items()})
    assert found.in_words == (
        "Spread of the baseline (standard deviation) by what the seeds change: "
        "all of it 0.4000, data order 0.1000, dropout 0.0000, new layers 0.3000"
    )


def test_each_recipe_has_its_own_and_plain_studies_have_none(tmp_path):
    for seed in (1, 2):
        make_run(tmp_path / f"plain-{seed}", seed=seed)
        make_run(tmp_path / f"swa-{seed}", seed=seed, recipe={"swa": {}})
        make_run(tmp_path / f"swa-data-{seed}", seed=seed, recipe={"swa": {}}, **FIXED["data"])
    (found,) = spreads(tmp_path)
    assert (found.recipe, sorted(found.deviations)) == (["swa"], ["all", "data"])


def test_one_seed_has_no_spread(tmp_path):
    make_run(tmp_path / "a", **FIXED["init"])
    assert spreads(tmp_path) == []
