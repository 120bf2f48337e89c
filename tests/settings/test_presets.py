"""Preset ``original`` on a 12-layer model: the rates that the techniques were published with."""

from __future__ import annotations

import tomllib

import pytest
from builders import tiny_encoder

from ftcli.engine.plan import DataFacts, make_plan
from ftcli.errors import UsageError
from ftcli.settings.presets import presets
from ftcli.settings.resolve import resolve_train


def rates(plan):
    return {group.depth: peak for group, peak in zip(plan.groups, plan.rates.max(0).values.tolist(), strict=True)}


def plan_of(strategies, **flags):
    settings = resolve_train({"strategy": strategies, **flags}, preset_name="original")
    recipe = settings.recipe()
    return (
        settings,
        recipe,
        make_plan(recipe, tiny_encoder(layers=12), settings, DataFacts(1000, "classification")),
    )


def test_it_sets_values_and_switches_nothing_on():
    settings = resolve_train({}, preset_name="original")
    assert settings.strategy == []
    assert settings.recipe().distinctive_names == ()
    assert (settings.batch_size, settings.epochs, settings.seed, settings.max_length) == (8, 1, 42, 256)


def test_layer_rates_of_twelve_layers():
    _, _, plan = plan_of(["layerwise_lrd"], warmup=0.0)
    found = rates(plan)
    assert found[12] == pytest.approx(3.5e-6)
    assert found[11] == pytest.approx(3.15e-6)
    assert found[1] == pytest.approx(1.10e-6, rel=2e-3)
    assert found[0] == pytest.approx(9.9e-7, rel=2e-3)
    assert found[13] == pytest.approx(3.6e-6)


def test_pooler_and_head_share_their_rate():
    _, _, plan = plan_of(["layerwise_lrd"])
    top = [group for group in plan.groups if group.depth == 13]
    names = [name for group in top for name in group.parameters]
    assert {name.rpartition(".")[0] for name in names} == {"bert.pooler.dense", "classifier"}


def test_options_of_the_strategies():
    _, recipe, plan = plan_of(["reinit", "swa"])
    options = {strategy.name: strategy.settings for strategy in recipe}
    assert options["reinit"].layers == 3
    assert options["swa"].lr == 2e-6
    assert plan.rates[-1].unique().tolist() == [2e-6]


def test_grouped_rates_as_published():
    _, _, plan = plan_of(["grouped_layerwise_lrd"], lr=1e-6, warmup=0.0)
    found = rates(plan)
    assert [found[depth] for depth in (0, 1, 4, 5, 8, 9, 12, 13)] == pytest.approx(
        [1e-6, 1e-6, 1e-6, 1.75e-6, 1.75e-6, 3.5e-6, 3.5e-6, 3.6e-6]
    )


def test_a_flag_wins_over_the_preset():
    assert resolve_train({"lr": "1e-5"}, preset_name="original").lr == 1e-5


def test_every_preset_says_what_it_is_for():
    assert all(len(reason) > 20 for reason in presets().values())


def test_an_unknown_preset_is_named():
    with pytest.raises(UsageError, match="there is no preset 'orignal'"):
        resolve_train({}, preset_name="orignal")


def test_what_a_run_records_gives_the_same_settings_again(tmp_path):
    from ftcli.runs.toml import to_toml

    settings = resolve_train(
        {"strategy": ["rdrop", "linear_scheduler"], "rdrop": {"alpha": "3"}}, preset_name="original"
    )
    recorded = tomllib.loads(to_toml(settings.resolved()))
    assert recorded["strategy"] == ["rdrop"]
    assert type(settings)(**recorded).resolved() == settings.resolved()
