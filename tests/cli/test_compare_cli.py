from __future__ import annotations

from helpers import make_run


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


def test_a_real_run(desk_with_run, trained):
    table = desk_with_run.ask("compare", "runs", "--json").json["tables"][0]
    assert table["task"] == "reviews"
    assert table["groups"][0]["metrics"]["accuracy"] == trained.answer.json["metrics"]["accuracy"]
