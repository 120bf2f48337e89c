from __future__ import annotations

import pytest
from helpers import SETTINGS, make_run

from ftcli.compare.groups import WITHOUT_EFFECT, differing, group, labels, outcome_settings
from ftcli.compare.member import read_member


def members(tmp_path, *each):
    runs = [make_run(tmp_path / f"{number:02}", **options) for number, options in enumerate(each)]
    return [read_member(run) for run in runs]


def sizes(tmp_path, *each):
    return [len(found) for found in group(members(tmp_path, *each))]


def test_seeds_of_one_recipe_are_one_group(tmp_path):
    assert sizes(tmp_path, {"seed": 1}, {"seed": 2}, {"seed": 3}) == [3]


@pytest.mark.parametrize("key", sorted(WITHOUT_EFFECT - {"seed"}))
def test_settings_without_effect_do_not_part_runs(tmp_path, key):
    assert sizes(tmp_path, {key: "this"}, {key: "that"}, {}) == [3]


@pytest.mark.parametrize(
    "settings",
    [
        {"lr": 2e-5},
        {"model": "bert"},
        {"head_lr": 1e-3},
        {"select_fraction": 0.1},
        {"a_setting_of_the_future": True},
        {"recipe": {"rdrop": {"alpha": 1.0}}},
    ],
)
def test_all_other_settings_part_runs(tmp_path, settings):
    assert sizes(tmp_path, {"seed": 1}, {"seed": 2, **settings}) == [1, 1]


def test_a_run_from_before_a_setting_existed_is_as_it_is_by_default(tmp_path):
    later = {"truncation": "right", "long_text": "cut"}
    assert sizes(tmp_path, {"seed": 1}, {"seed": 2, **later}, {"seed": 3, "truncation": "left"}) == [2, 1]


def test_options_of_a_strategy_part_runs(tmp_path):
    recipes = [{"rdrop": {"alpha": alpha}} for alpha in (1.0, 1, 5.0)]
    assert sizes(tmp_path, *({"recipe": recipe} for recipe in recipes)) == [2, 1]


def test_order_of_the_recipe_is_not_its_users(tmp_path):
    assert sizes(tmp_path, {"recipe": {"swa": {}, "rdrop": {}}}, {"recipe": {"rdrop": {}, "swa": {}}}) == [2]


def test_group_is_sorted_by_seed(tmp_path):
    (found,) = group(members(tmp_path, {"seed": 10}, {"seed": 9}, {"seed": "none"}, {"seed": 1}))
    assert [member.seed for member in found] == [1, 9, 10, None]


def test_differing_settings_name_what_is_not_set():
    first, second = {"lr": 1, "head_lr": 0.1, "epochs": 3}, {"lr": 2, "epochs": 3.0}
    assert differing(first, [first, second]) == {"lr": 1, "head_lr": 0.1}
    assert differing(second, [first, second]) == {"lr": 2, "head_lr": None}


def test_options_differ_only_among_users_of_the_strategy():
    plain, weak, strong = {"lr": 1}, {"lr": 1, "rdrop.alpha": 1.0}, {"lr": 1, "rdrop.alpha": 5.0}
    assert differing(plain, [plain, weak]) == {}
    assert differing(weak, [plain, weak]) == {}
    assert differing(weak, [plain, weak, strong]) == {"rdrop.alpha": 1.0}
    assert differing(plain, [plain, weak, strong]) == {}


def test_label_is_the_recipe():
    settings = [SETTINGS, SETTINGS | {"swa.start": 0.75}, SETTINGS | {"lr": 1}]
    assert labels([(), ("swa",), ("layerwise_lrd", "rdrop")], settings) == ["baseline", "swa", "layerwise_lrd + rdrop"]


def test_label_tells_groups_of_one_recipe_apart():
    settings = [{"lr": 1e-4, "warmup": 0.1}, {"lr": 2e-5, "warmup": 0.1, "head_lr": 0.5, "quick": True}, {"lr": 3}]
    assert labels([(), (), ("swa",)], settings) == [
        "baseline (lr=0.0001, no head_lr, no quick)",
        "baseline (lr=2e-05, head_lr=0.5, quick=true)",
        "swa",
    ]


def test_nested_settings_are_flat():
    assert outcome_settings({"seed": 1, "lr": 2, "a": {"seed": 3, "b": {"c": 4}}}) == {"lr": 2, "a.seed": 3, "a.b.c": 4}
