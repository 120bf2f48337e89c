"""Layer-wise and grouped layer-wise learning-rate decay."""

from __future__ import annotations

import pytest
from builders import tiny_encoder, tiny_plan, tiny_state


def peak_rates(layers, strategies, **settings):
    """Peak rate by depth."""
    plan = tiny_plan(tiny_encoder(layers=layers), strategies, **settings)
    return {group.depth: group.lr for group in plan.groups}


def test_each_block_has_the_rate_of_the_one_above_times_the_decay():
    rates = peak_rates(4, {"layerwise_lrd": {"decay": 0.5}}, lr=0.8)
    assert rates == pytest.approx({0: 0.05, 1: 0.1, 2: 0.2, 3: 0.4, 4: 0.8, 5: 0.8})


def test_the_head_keeps_a_rate_of_its_own():
    assert peak_rates(2, {"layerwise_lrd": {"decay": 0.5}}, lr=0.8, head_lr=3.0)[3] == 3.0


@pytest.mark.parametrize("name", ["layerwise_lrd", "grouped_layerwise_lrd"])
def test_the_rates_of_new_matrices_keep_their_factor(name):
    plan = tiny_state(tiny_encoder(layers=3), {name: {}, "lora": {"lr_factor": 4.0}}, lr=1.0).plan
    adapters = {group.depth: group.lr for group in plan.groups if group.name.endswith("LoRA")}
    layers = peak_rates(3, {name: {}}, lr=1.0)
    assert adapters == pytest.approx({depth: 4 * layers[depth] for depth in (1, 2, 3)})


@pytest.mark.parametrize("layers", [3, 6, 12])
def test_three_equal_groups_from_the_bottom(layers):
    rates = peak_rates(layers, {"grouped_layerwise_lrd": {}}, lr=1.0)
    third = layers // 3
    expected = [1.0] * (third + 1) + [1.75] * third + [3.5] * third + [3.6]
    assert [rates[depth] for depth in range(layers + 2)] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("layers", "expected"), [(1, [1, 1, 3.6]), (2, [1, 1, 1.75, 3.6]), (4, [1, 1, 1, 1.75, 3.5, 3.6])]
)
def test_depths_that_three_does_not_divide(layers, expected):
    rates = peak_rates(layers, {"grouped_layerwise_lrd": {}}, lr=1.0)
    assert [rates[depth] for depth in range(layers + 2)] == pytest.approx(expected)


def test_head_lr_overrides_the_heads_share():
    assert peak_rates(3, {"grouped_layerwise_lrd": {}}, lr=1.0, head_lr=9.0)[4] == 9.0
