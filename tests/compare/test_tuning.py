from __future__ import annotations

import pytest
from helpers import make_run

from ftcli.compare.compare import compare
from ftcli.errors import UsageError
from ftcli.runs.folder import RunFolder

RDROP = {"rdrop": {"alpha": 1.0}}


def make_tuned(path, *, lr, selected, score, recipe=None, seed=1, selected_on="select", **options):
    run = make_run(path / f"{lr}-{len(recipe or {})}-{seed}", seed=seed, lr=lr, score=score, recipe=recipe, **options)
    RunFolder(run.path).update_status(selected_on=selected_on, selected_score=selected)


def table(path, **options):
    (found,) = compare([path], tuned=["lr"], **options).tables
    return found


def test_the_value_is_chosen_on_the_selection_set_whatever_dev_says(tmp_path):
    for seed in (1, 2):
        make_tuned(tmp_path, lr=1e-5, selected=0.6, score=0.3, seed=seed)
        make_tuned(tmp_path, lr=2e-5, selected=0.5, score=0.9, seed=seed)
        make_tuned(tmp_path, lr=1e-5, selected=0.1, score=0.2, recipe=RDROP, seed=seed)
        make_tuned(tmp_path, lr=2e-5, selected=0.2, score=0.1, recipe=RDROP, seed=seed)
    found = table(tmp_path)
    assert [(group.label, group.mean, group.settings["lr"]) for group in found.groups] == [
        ("baseline", 0.3, 1e-5),
        ("rdrop", 0.1, 2e-5),
    ]
    assert "rdrop: lr=2e-05 was chosen on the select examples, of lr=1e-05; lr=2e-05." in found.notes
    assert "baseline: lr=1e-05 was chosen on the select examples, of lr=1e-05; lr=2e-05." in found.notes


def test_a_value_that_lost_a_seed_is_chosen_last(tmp_path):
    make_tuned(tmp_path, lr=1e-5, selected=0.9, score=0.9)
    make_tuned(tmp_path, lr=1e-5, selected=None, score=None, seed=2, state="diverged")
    for seed in (1, 2):
        make_tuned(tmp_path, lr=2e-5, selected=0.1, score=0.1, seed=seed)
    assert table(tmp_path).groups[0].settings == {}
    assert table(tmp_path).groups[0].mean == pytest.approx(0.1)


def test_unequal_tuning_is_told(tmp_path):
    make_tuned(tmp_path, lr=1e-5, selected=0.6, score=0.3)
    make_tuned(tmp_path, lr=1e-5, selected=0.1, score=0.2, recipe=RDROP)
    assert not any("same values" in note for note in table(tmp_path).notes)
    make_tuned(tmp_path, lr=3e-5, selected=0.2, score=0.1, recipe=RDROP)
    assert any("Not all recipes were tuned over the same values" in note for note in table(tmp_path).notes)


def test_a_recipe_without_the_setting_that_was_tuned_is_told(tmp_path):
    for alpha in (1.0, 2.0):
        recipe = {"rdrop": {"alpha": alpha}}
        make_tuned(tmp_path / str(alpha), lr=1e-5, selected=0.5, score=0.3, recipe=recipe)
    make_tuned(tmp_path, lr=1e-5, selected=0.6, score=0.3)
    (found,) = compare([tmp_path], tuned=["rdrop.alpha"]).tables
    assert "Nothing was tuned of baseline, which favours those that were tuned." in found.notes


def test_values_that_were_tried_with_fewer_seeds_are_told(tmp_path):
    for lr, seed in [(1e-5, 1), (1e-5, 2), (2e-5, 1)]:
        make_tuned(tmp_path, lr=lr, selected=0.6, score=0.3, seed=seed)
    assert "baseline: its values were tried with 1 to 2 seeds: not equally." in table(tmp_path).notes


def test_a_smaller_error_is_chosen(tmp_path):
    for lr, error in ((1e-5, 0.5), (2e-5, 0.2)):
        content = {"metric": "mse", "metrics": {"mse": error}}
        make_tuned(tmp_path, lr=lr, selected=error, score=error, evaluation=content)
    assert table(tmp_path).groups[0].mean == 0.2


def test_a_setting_that_no_run_has_is_refused(tmp_path):
    make_run(tmp_path / "a")
    with pytest.raises(UsageError, match="none of these runs has a setting 'rdrop"):
        compare([tmp_path], tuned=["rdrop.alpa"])


def test_values_that_did_equally_well_are_not_said_to_be_chosen(tmp_path):
    for lr in (1e-5, 2e-5):
        make_tuned(tmp_path, lr=lr, selected=0.0, score=0.0)
    shown = "lr=1e-05 stands for lr=2e-05, which did as well on the select examples."
    assert f"baseline: {shown}" in table(tmp_path).notes
    make_tuned(tmp_path, lr=3e-5, selected=-0.1, score=0.0)
    assert f"baseline: {shown[:-1]}; lr=3e-05 did worse." in table(tmp_path).notes
