from __future__ import annotations

import pytest
from helpers import answer_alike, make_run
from terminal import run_process


def test_runs_that_differ_in_their_seed_stand_together(desk):
    for seed, score in ((1, 0.2), (2, 0.4)):
        make_run(desk.folder / "runs" / "cola" / f"b{seed}", seed=seed, score=score)
    make_run(desk.folder / "runs" / "cola" / "r", seed=1, recipe={"rdrop": {"alpha": 2.0}}, score=0.5)
    table = desk.ask("compare", "runs", "--json").json["tables"][0]
    groups = {group["label"]: group for group in table["groups"]}
    assert groups["baseline"]["mean"] == 0.30000000000000004
    assert groups["baseline"]["seeds"] == [1, 2]
    assert groups["rdrop"]["scores"] == [0.5]
    shown = desk.ask("compare").out
    assert "0.3000 ± 0.1414" in shown
    assert "rdrop" in shown


def test_failed_runs_are_counted(desk):
    make_run(desk.folder / "runs" / "cola" / "a", seed=1, score=0.0, collapsed=True)
    make_run(desk.folder / "runs" / "cola" / "b", seed=2, state="diverged")
    assert "1 collapsed, 1 diverged" in desk.ask("compare", "runs").out


@pytest.mark.parametrize(
    ("columns", "headings"), [(60, {"score"}), (80, {"worst"}), (200, {"worst", "failed", "time"})]
)
def test_a_narrow_terminal_cuts_no_word_and_no_fact(desk, columns, headings):
    recipe = {"layerwise_lrd": {"decay": 0.9}, "reinit": {"layers": 1}, "swa": {}}
    for seed, state in enumerate(["finished", "finished", "interrupted", "diverged"], start=1):
        make_run(desk.folder / "runs" / "cola" / f"r{seed}", seed=seed, recipe=recipe, score=0.1, state=state)
    shown = run_process(desk.folder, "compare", COLUMNS=str(columns)).out  # a console takes its width when it is made
    table = shown.partition("└")[0]
    assert max(map(len, table.splitlines())) <= columns
    assert {heading for heading in ("score", "worst", "failed", "time") if heading in table} >= headings
    for fact in ("layerwise_lrd + reinit + swa", "1 diverged, 1 interrupted", "0.1000 ± 0.0000", "60 s"):
        assert fact in shown


def test_below_a_narrow_table_stand_only_recipes_of_which_there_is_more_to_tell(desk):
    for seed in range(1, 3):
        make_run(desk.folder / "runs" / "cola" / f"b{seed}", seed=seed, score=seed / 10)
        make_run(
            desk.folder / "runs" / "cola" / f"r{seed}", seed=seed, recipe={"rdrop": {"alpha": 2.0}}, state="failed"
        )
    shown = run_process(desk.folder, "compare", COLUMNS="80").out.splitlines()
    assert any(line.startswith("  rdrop: failed 2 failed") for line in shown)
    assert not any(line.rstrip().endswith(":") and line.startswith("  ") for line in shown)


def test_a_plot_fits_whatever_its_labels(desk):
    recipe = {name: {} for name in ("layerwise_lrd", "reinit", "swa", "rdrop", "fgm", "mixout")}
    for seed in (1, 2):
        make_run(desk.folder / "runs" / "cola" / f"r{seed}", seed=seed, recipe=recipe, score=seed / 10)
    shown = run_process(desk.folder, "compare", COLUMNS="60").out
    assert any("layerwise_lrd +…" in line and "∘" in line and len(line) <= 60 for line in shown.splitlines())


def test_an_average_of_models_is_not_the_baseline(desk):
    for seed in range(1, 7):
        for name, recipe in (("b", {}), ("r", {"rdrop": {"alpha": 2.0}})):
            answer_alike(make_run(desk.folder / "runs" / f"{name}{seed}", seed=seed, recipe=recipe, score=seed / 10))
    make_run(desk.folder / "runs" / "soup", seed=1, soup="uniform", score=0.4)
    table = desk.ask("compare", "--json").json["tables"][0]
    assert table["baseline"] == "baseline (no soup)"


def test_a_report_needs_a_name(desk):
    make_run(desk.folder / "runs" / "cola" / "b", seed=1, score=0.1)
    assert "is no file to write the report to" in desk.ask("compare", "--html", "", code=1).message


def test_a_race_is_called_one_once(desk):
    pauses = [{"epoch": 1.0, "step": 1, "steps": 2, "score": 0.1}]
    make_run(desk.folder / "runs" / "cola" / "r", seed=1, score=0.1, race=pauses)
    for columns in ("40", "200"):
        assert "race, race" not in run_process(desk.folder, "compare", COLUMNS=columns).out


def test_a_real_run(desk_with_run, trained):
    table = desk_with_run.ask("compare", "runs", "--json").json["tables"][0]
    assert table["task"] == "reviews"
    assert table["groups"][0]["metrics"]["accuracy"] == trained.answer.json["metrics"]["accuracy"]


def test_the_verdict_is_told_in_words(desk):
    for seed in range(1, 7):
        for name, recipe, score in [("b", {}, 0.1), ("r", {"rdrop": {"alpha": 2.0}}, 0.5), ("s", {"swa": {}}, 0.101)]:
            path = desk.folder / "runs" / f"{name}{seed}"
            answer_alike(make_run(path, seed=seed, recipe=recipe, score=score + seed / 100))
    shown = desk.ask("compare").out
    assert "rdrop: better, +0.4000" in shown
    assert "Expected best of 5 runs: baseline 0.15" in shown
    assert "Almost stochastic order (below 0.5: larger scores than baseline): rdrop 0.00" in shown
    assert "swa: not proven, +0.0010" in shown
    assert "so many seeds could show" in shown
    assert "∘" in shown


def test_three_seeds_prove_nothing(desk):
    for seed in range(1, 4):
        make_run(desk.folder / "runs" / f"b{seed}", seed=seed, score=0.1)
        make_run(desk.folder / "runs" / f"r{seed}", seed=seed, recipe={"rdrop": {"alpha": 2.0}}, score=0.9)
    assert "rdrop: not proven (too few seeds: 3, and it takes 5 of each)" in desk.ask("compare", "runs").out


def test_other_formats_go_to_stdout(desk):
    make_run(desk.folder / "runs" / "a", score=0.25)
    assert desk.ask("compare", "--csv").out.startswith("task,split,metric,recipe,")
    assert "\\begin{tabular}" in desk.ask("compare", "--latex").out
    assert "--csv and --latex" in desk.ask("compare", "--csv", "--latex", code=2).message
    assert "--json and --latex" in desk.ask("compare", "--json", "--latex", code=2).message


def test_an_unknown_baseline_is_wrong_usage(desk):
    make_run(desk.folder / "runs" / "a")
    answer = desk.ask("compare", "--baseline", "basline", code=2)
    assert "did you mean 'baseline'" in answer.err
