"""Runs kept in few bytes come back as run folders that say the same."""

from __future__ import annotations

import contextlib
import json

import pytest

from benchmarks.kept import append, lay_out, missing, read_table, train
from benchmarks.study import PARTS, RECIPES
from ftcli.api import compare
from ftcli.runs.folder import RunFolder
from ftcli.settings.compare import CompareSettings


@pytest.mark.slow
def test_a_table_goes_on_where_it_stopped_and_gives_the_runs_again(ftcli, tmp_path, tiny_model):
    ftcli("download", "demo", "--train-rows", 80, "--dev-rows", 40)
    table = tmp_path / "table.jsonl"
    recipe = {"model": str(tiny_model), "max_steps": 3, "lr": 1e-2}
    with contextlib.chdir(tmp_path):
        append(table, train("plain", recipe, [1], task="demo", size=60, data_dir="data"))
        left = missing(read_table(table), "demo", 60, "plain", range(1, 3))
        append(table, train("plain", recipe, left, task="demo", size=60, data_dir="data"))
        rows = read_table(table)
        for row in rows:
            lay_out(row, tmp_path / "out" / f"seed-{row['seed']}", "data")
        (group,) = compare(CompareSettings(paths=[tmp_path / "out"])).tables[0].groups
    assert left == [2]
    assert {run.seed: round(run.score, 6) for run in group.runs} == {row["seed"]: row["score"] for row in rows}
    run = RunFolder(tmp_path / "out" / "seed-1")
    second = [
        json.loads(line)["probabilities"]["acceptable"]
        for line in run.predictions("dev").read_text("utf-8").splitlines()
    ]
    assert second == pytest.approx([answer / 10_000 for answer in rows[0]["answers"]], abs=1e-4)


@pytest.mark.slow
def test_a_run_that_diverged_is_kept_without_a_score(ftcli, tmp_path, tiny_model):
    ftcli("download", "demo", "--train-rows", 80, "--dev-rows", 40)
    recipe = {"model": str(tiny_model), "max_steps": 3, "lr": 1e30, "warmup": 0.0}
    with contextlib.chdir(tmp_path):
        (row,) = json.loads(json.dumps(train("lost", recipe, [1], task="demo", size=60, data_dir="data")))
        lay_out(row, tmp_path / "out" / "seed-1", "data")
        (group,) = compare(CompareSettings(paths=[tmp_path / "out"])).tables[0].groups
    assert (row["score"], row["answers"]) == (None, [])
    assert group.counts.diverged == 1
    assert missing([row], "demo", 60, "lost", range(1, 2)) == []
    assert missing([row], "demo", 60, "lost", range(1, 2), epochs=9) == [1]


def test_the_study_has_its_baseline_and_every_part_a_file_of_its_own():
    assert RECIPES["baseline"] == {}
    assert len({part.table for part in PARTS}) == len(PARTS)
