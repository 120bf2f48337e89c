"""Steps taken where nothing has a number: every technique asks a GPU for a whole step without waiting for any of it."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state
from strategies.cases import BY_NAME, recipes

from benchmarks.operations import META, checksum, operations, standing_in_for_a_gpu, steps_of
from ftcli.engine.eager import EagerExecutor
from ftcli.engine.state import mapped

STEPS = 4


pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")


@pytest.fixture(autouse=True)
def _gpu():
    """A weight that is moved there is still the same tensor, as on a GPU."""
    swapping = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    with standing_in_for_a_gpu():
        yield
    torch.__future__.set_swap_module_params_on_conversion(swapping)


def batch(length=7):
    return mapped(lambda tensor: tensor.to(META), random_batch(length=length))


def state_of(names, seed=1):
    encoder = tiny_encoder(seed=seed, dropout=0.1)
    options = {name: BY_NAME[name].options for name in names}
    return tiny_state(encoder, options, steps=STEPS, batches=[batch()] * STEPS, device=META.type)


def asked_for(names, seeds=1, length=7):
    states = [state_of(names, seed) for seed in range(seeds)]
    return operations(steps_of(states, batch(length), states[0].plan.steps))


@pytest.mark.slow  # under every technique
@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: f"{recipe[0].name} and {len(recipe) - 1} more")
def test_no_step_reads_a_number(recipe, seeds):
    assert len(asked_for([case.name for case in recipe], seeds)) > 300 * STEPS


def test_a_step_that_reads_one_is_told_of():
    class Waiting:
        def bernoulli(self, like, probability):
            return torch.full_like(like, float(torch.rand((), device=like.device) < probability))

    executor = EagerExecutor(state_of(["mixout"]), Waiting(), recorded=True)
    with pytest.raises(RuntimeError, match=r"item\(\) cannot be called on meta tensors"):
        operations(lambda: executor.compute(batch()))


@pytest.mark.slow
def test_the_checksum_tells_steps_apart():
    plain = checksum(asked_for(["linear_scheduler"]))
    assert plain == checksum(asked_for(["linear_scheduler"]))
    assert len({plain, checksum(asked_for(["rdrop"])), checksum(asked_for(["linear_scheduler"], length=8))}) == 3


def test_what_a_step_computes_with_is_told_apart_too():
    half, third = (operations(lambda share=share: torch.ones(3, device=META) * share) for share in (1 / 2, 1 / 3))
    assert [call.split()[0] for call in half] == [call.split()[0] for call in third]
    assert checksum(half) != checksum(third)
