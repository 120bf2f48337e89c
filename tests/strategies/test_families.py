"""Every family of encoders under every strategy: it trains, or is refused with the reason."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_state
from families import FAMILIES, family_encoder
from strategies.cases import CASES

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.plan import check_groups
from ftcli.errors import UsageError
from ftcli.recipes.discovery import find_strategy

STEPS = 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("family", FAMILIES)
def test_it_trains_or_is_refused_with_the_reason(family, case):
    encoder = family_encoder(family)
    batches = [random_batch(rows=4, length=6, seed=step) for step in range(STEPS)]

    def state():
        return tiny_state(encoder, {case.name: case.options}, steps=STEPS, batches=batches, lr=1e-3)

    if family == "Albert" and find_strategy(case.name).by_depth:
        with pytest.raises(UsageError, match="family albert, layers share their weights"):
            state()
        return
    torch.manual_seed(11)
    executor = EagerExecutor(state())
    plan, weights = executor.state.plan, executor.state.weights
    check_groups(plan.groups, weights)
    assert {name for group in plan.groups for name in group.parameters} == set(weights)
    losses = [executor.step(batches[step % STEPS])["loss"] for step in range(plan.steps)]
    assert torch.stack(losses).isfinite().all()
    assert all(weight.isfinite().all() for weight in executor.state.weights.values())
