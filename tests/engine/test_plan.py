from __future__ import annotations

from dataclasses import replace

import pytest
from builders import tiny_encoder, tiny_plan

from ftcli.engine.plan import check_groups


def test_every_parameter_is_in_exactly_one_group():
    encoder = tiny_encoder()
    plan = tiny_plan(encoder)
    names = [name for group in plan.groups for name in group.parameters]
    assert sorted(names) == sorted(name for name, _ in encoder.model.named_parameters())


def test_the_head_is_in_a_group_of_its_own():
    plan = tiny_plan(tiny_encoder())
    heads = [group for group in plan.groups if "classifier.weight" in group.parameters]
    assert [(group.name, group.lr) for group in heads] == [("head", 1e-2)]


def test_a_parameter_left_out_is_refused():
    encoder = tiny_encoder()
    groups = list(tiny_plan(encoder).groups)
    without_head = [
        replace(group, parameters=tuple(name for name in group.parameters if name != "classifier.weight"))
        for group in groups
    ]
    with pytest.raises(ValueError, match=r"not in exactly one group: classifier\.weight"):
        check_groups(without_head, encoder.weights)


def test_a_parameter_held_twice_is_refused():
    encoder = tiny_encoder()
    groups = tiny_plan(encoder).groups
    with pytest.raises(ValueError, match=r"classifier\.weight"):
        check_groups([*groups, replace(groups[0], parameters=("classifier.weight",))], encoder.weights)


def test_weight_decay_spares_biases_and_norms():
    plan = tiny_plan(tiny_encoder(), weight_decay=0.07)
    for group in plan.groups:
        spared = group.weight_decay == 0
        assert all((name.endswith("bias") or "LayerNorm" in name) == spared for name in group.parameters)
        assert group.weight_decay in (0, 0.07)


@pytest.mark.parametrize(("settings", "steps"), [({"max_steps": 7}, 7), ({"max_steps": None, "epochs": 3}, 12)])
def test_steps_follow_from_epochs_unless_given(settings, steps):
    plan = tiny_plan(tiny_encoder(layers=1), **({"steps": 4} | settings))
    assert plan.context.steps == len(plan.rates) == steps
