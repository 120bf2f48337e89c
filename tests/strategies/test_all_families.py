"""Every family of encoders under every strategy: it trains, or is refused with the reason."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_state
from families import FAMILIES, family_encoder
from strategies.cases import CASES

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.plan import check_groups
from ftcli.engine.stacked import StackedExecutor
from ftcli.errors import UsageError

STEPS = 2
TELLS_LAYERS_APART = {"layerwise_lrd", "grouped_layerwise_lrd", "reinit", "freeze", "gradual_unfreezing"}


@pytest.mark.slow  # hundreds of them
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("family", FAMILIES)
def test_it_trains_or_is_refused_with_the_reason(family, case):
    encoder = family_encoder(family)
    batches = [random_batch(rows=4, length=6, seed=step) for step in range(STEPS)]

    def state():
        return tiny_state(encoder, {case.name: case.options}, steps=STEPS, batches=batches, lr=1e-3)

    if family == "Albert" and case.name in TELLS_LAYERS_APART:
        with pytest.raises(UsageError, match="family albert, layers share their weights"):
            state()
        return
    torch.manual_seed(11)
    executor = EagerExecutor(state())
    plan, weights = executor.state.plan, executor.state.weights
    check_groups(plan.groups, weights)
    assert {name for group in plan.groups for name in group.parameters} == set(weights)
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    losses = [executor.step(batches[step % STEPS])["loss"] for step in range(plan.steps)]
    assert torch.stack(losses).isfinite().all()
    after = executor.state.weights
    assert all(weight.isfinite().all() for weight in after.values())
    for group, moves in zip(plan.groups, (plan.rates * plan.moving > 0).any(0), strict=True):
        changed = [name for name in group.parameters if not torch.equal(before[name], after[name])]
        assert bool(changed) == bool(moves), group.name


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("family", [name for name in FAMILIES if not name.startswith(("DebertaV2", "ModernBert"))])
def test_seeds_in_the_same_steps_are_each_as_alone(family):
    def state(seed):
        found = tiny_state(family_encoder(family, seed=seed), {}, steps=STEPS, optimizer="sgd", lr=0.1)
        found.encoder.train(False)
        return found

    def batch(seed, step):
        return random_batch(rows=4, length=6, seed=10 * seed + step)

    together = StackedExecutor([state(seed) for seed in (1, 2)])
    alone = EagerExecutor(state(2))
    for step in range(STEPS):
        losses = together.step([batch(seed, step) for seed in (1, 2)])
        torch.testing.assert_close(losses[1]["loss"], alone.step(batch(2, step))["loss"], rtol=1e-4, atol=1e-5)
