"""Preset ``original`` on a 12-layer model: the rates that the techniques were published with."""

from __future__ import annotations

import tomllib
from importlib import resources

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


def test_stable_is_as_mosbach_and_others_published_it():
    """Mosbach et al. 2021, section 6 and appendix: AdamW with bias correction, 2e-5, a tenth of 20 epochs warm-up."""
    settings = resolve_train({}, preset_name="stable")
    assert (settings.optimizer, settings.bias_correction) == ("adamw", True)
    assert (settings.lr, settings.epochs, settings.warmup) == (2e-5, 20, 0.1)
    assert (settings.batch_size, settings.weight_decay, settings.max_grad_norm) == (16, 0.01, 1.0)
    assert settings.recipe().names == ("linear_scheduler",)


def test_few_sample_has_the_remedies_of_zhang_and_others():
    """Zhang et al. 2021: bias correction, fresh top blocks, layer-wise rates, more steps; how much of each is ours."""
    recipe = resolve_train({}, preset_name="few-sample").recipe()
    options = {strategy.name: strategy.settings.model_dump() for strategy in recipe}
    assert options == {"reinit": {"layers": 2}, "layerwise_lrd": {"decay": 0.9}, "linear_scheduler": {}}
    settings = resolve_train({}, preset_name="few-sample")
    assert (settings.lr, settings.bias_correction) == (5e-5, True)
    assert settings.epochs > resolve_train({}).epochs


def test_fast_takes_fewer_and_cheaper_steps_than_the_defaults():
    fast, plain = resolve_train({}, preset_name="fast"), resolve_train({})
    assert fast.epochs / fast.batch_size < plain.epochs / plain.batch_size / 2
    assert fast.recipe().distinctive_names == ("freeze",)
    assert fast.max_length <= plain.max_length


def test_best_is_what_the_table_of_techniques_has_highest():
    """benchmarks/results/techniques.jsonl holds what docs/techniques.md reports; a task's best recipe is the preset."""
    from benchmarks.techniques import RECIPES, TABLE, lines, read_table

    best = tomllib.loads(_preset_file("best"))
    assert best == RECIPES["three together"]
    found = list(lines(read_table(TABLE)))
    for task in ("cola, 500", "stsb, 500"):
        means = {line.recipe: line.mean for line in found if line.task == task}
        assert means["three together"] >= 0.97 * max(means.values()), task


def _preset_file(name):
    return (resources.files("ftcli.settings") / "preset_files" / f"{name}.toml").read_text("utf-8")
