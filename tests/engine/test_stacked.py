"""Several seeds trained in one mapped step against each trained alone, for every strategy."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state
from strategies.cases import BY_NAME, CASES
from transformers import DebertaV2Config

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.stacked import StackedExecutor, refuse_unmappable
from ftcli.errors import UsageError
from ftcli.recipes.functions import Outputs

STEPS = 4
SEEDS = (1, 2, 3)

pytestmark = [
    pytest.mark.usefixtures("double_precision"),
    pytest.mark.filterwarnings("ignore:There is a performance drop"),
]


class FixedNoise:
    """The same draws for every seed and in every executor."""

    def bernoulli(self, like, probability):
        return (10 * self.uniform(like) < 10 * probability - 1e-9).to(like.dtype)

    def uniform(self, like):
        return torch.arange(like.numel(), device=like.device).reshape(like.shape).to(like.dtype) % 10 / 10

    def normal(self, like):
        return 4 * self.uniform(like) - 2


def with_passes_that_differ(encoder):
    """Shift the logits by their row, as dropout would: else both passes of R-Drop agree, and its divergence is 0."""
    forward = encoder.forward

    def shifted(weights, inputs, delta=None):
        logits, features, *_ = forward(weights, inputs, delta)
        rows = torch.arange(logits.shape[0], dtype=logits.dtype, device=logits.device)
        return Outputs(logits * (1 + 0.1 * rows[:, None]), features)

    encoder.forward = shifted
    return encoder


def state_of(seed, strategies, settings=None, **config):
    encoder = with_passes_that_differ(tiny_encoder(seed=seed, **config))
    batches = [batch_of(seed, step) for step in range(STEPS)]
    return tiny_state(encoder, strategies, steps=STEPS, seed=seed, batches=batches, **(settings or {}))


def batch_of(seed, step):
    return random_batch(seed=10 * seed + step)


def trained_alone(seed, strategies, make=state_of, **config):
    executor = EagerExecutor(make(seed, strategies, **config), FixedNoise())
    measured = [executor.step(batch_of(seed, step)) for step in range(executor.state.plan.steps)]
    return executor.state, measured


def trained_together(seeds, strategies, batch=batch_of, make=state_of, **config):
    states = [make(seed, strategies, **config) for seed in seeds]
    executor = StackedExecutor(states, FixedNoise())
    measured = [executor.step([batch(seed, step) for seed in seeds]) for step in range(executor.plan.steps)]
    return states, [[step[index] for step in measured] for index in range(len(seeds))]


def assert_alike(found, expected):
    """Compare all but the biases of the keys: their true gradient is 0, and Adam blows up the rounding."""
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        if not name.endswith("key.bias"):
            torch.testing.assert_close(found[name], tensor.detach(), rtol=1e-6, atol=1e-8, msg=lambda m: f"{name}: {m}")  # noqa: B023


@pytest.mark.slow  # under every strategy
@pytest.mark.parametrize(
    "names",
    [*([case.name] for case in CASES), ["reinit", "layerwise_lrd", "mixout", "rdrop", "fgm", "swa"]],
    ids="+".join,
)
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_seeds_trained_together_equal_each_trained_alone(names, device):
    strategies, settings = {name: BY_NAME[name].options for name in names}, {"device": device}
    together, measured = trained_together(SEEDS, strategies, settings=settings)
    for index, seed in enumerate(SEEDS):
        alone, measured_alone = trained_alone(seed, strategies, settings=settings)
        assert_alike(together[index].weights, alone.weights)
        for one, other in zip(measured[index], measured_alone, strict=True):
            assert_alike(one, other)
        final, expected = together[index].final_weights(), alone.final_weights()
        assert (final is None) == (expected is None)
        if expected:
            assert_alike(final, expected)


@pytest.mark.parametrize("optimizer", ["nadam", "radam", "sgd", "adamax", "rmsprop", "adagrad"])
def test_other_optimizers_move_stacked_weights_as_they_move_each_alone(optimizer):
    options = {"optimizer": optimizer, "lr": 1e-3}
    together, _ = trained_together(SEEDS, {}, settings=options)
    alone, _ = trained_alone(2, {}, settings=options)
    assert_alike(together[1].weights, alone.weights)


def test_weights_that_rest_are_held_once_for_all_seeds():
    pretrained = tiny_encoder(seed=1).weights
    states = [state_of(1, {"lora": {"rank": 2}}) for _ in SEEDS]
    StackedExecutor(states)
    assert {name for name in pretrained if len({state.weights[name].data_ptr() for state in states}) == 1} == {
        name for name in pretrained if not name.startswith(("classifier", "bert.pooler"))
    }


def test_the_seeds_of_these_tests_differ():
    (first, second, _), _ = trained_together(SEEDS, {})
    assert not torch.allclose(first.weights["classifier.weight"], second.weights["classifier.weight"])


def test_a_seed_that_diverges_leaves_its_neighbours_untouched():
    made = {}

    def kept(seed, strategies):
        made[seed] = state_of(seed, strategies)
        return made[seed]

    def poisoned(seed, step):
        if (seed, step) == (2, 1):
            made[seed].weights["classifier.weight"].fill_(torch.nan)
        return batch_of(seed, step)

    broken, measured = trained_together(SEEDS, {"rdrop": {}, "swa": {}}, batch=poisoned, make=kept)
    assert not measured[1][0]["loss"].isnan()
    whole, _ = trained_together(SEEDS, {"rdrop": {}, "swa": {}})
    assert measured[1][-1]["loss"].isnan()
    assert all(torch.equal(broken[0].weights[name], whole[0].weights[name]) for name in whole[0].weights)
    assert all(torch.equal(broken[2].weights[name], whole[2].weights[name]) for name in whole[2].weights)


def drawing_alone(seed, strategies, recomputed=False):
    """Train a seed with the noise that it really draws; ``recomputed``: with all blocks computed twice."""
    state = state_of(seed, strategies, dropout=0.3)
    state.encoder.to(state.device)  # where dropout is drawn as processors do best
    if recomputed:
        state.encoder.recompute_beyond(0)
    executor = EagerExecutor(state)
    executor.state.random.manual_seed(seed)
    measured = [executor.step(batch_of(seed, step)) for step in range(executor.state.plan.steps)]
    return executor.state, measured


def drawing_together(seeds, strategies):
    """Train seeds in step, each with a generator that starts from its number."""
    states = [state_of(seed, strategies, dropout=0.3) for seed in seeds]
    executor = StackedExecutor(states)
    for state, seed in zip(states, seeds, strict=True):
        state.random.manual_seed(seed)
    measured = [executor.step([batch_of(seed, step) for seed in seeds]) for step in range(executor.plan.steps)]
    return states, [[step[index] for step in measured] for index in range(len(seeds))]


DRAWING = ["child_tuning", "freelb", "mixout", "mixup", "multi_sample_dropout", "r3f", "rdrop", "smart", "tapt"]


@pytest.mark.parametrize(
    "names",
    [[], *([name] for name in DRAWING), ["child_tuning", "gradual_unfreezing"], ["child_tuning", "freeze"]],
    ids=lambda names: "+".join(names) or "dropout",
)
def test_each_seed_draws_in_step_what_it_draws_alone(names):
    strategies = {name: BY_NAME[name].options for name in names}
    together, measured = drawing_together(SEEDS, strategies)
    for index, seed in enumerate(SEEDS):
        alone, measured_alone = drawing_alone(seed, strategies)
        assert_alike(together[index].weights, alone.weights)
        for one, other in zip(measured[index], measured_alone, strict=True):
            assert_alike(one, other)


def test_all_that_draw_are_tried(monkeypatch):
    drawn = set()
    for kind in ("bernoulli", "uniform", "normal"):
        monkeypatch.setattr(FixedNoise, kind, _noting(drawn, getattr(FixedNoise, kind)))
    found = set()
    for case in CASES:
        drawn.clear()
        trained_alone(1, {case.name: case.options})
        found |= {case.name} if drawn else set()
    assert found <= set(DRAWING)


def _noting(drawn, inner):
    def draw(*arguments):
        drawn.add(inner.__name__)
        return inner(*arguments)

    return draw


def test_a_seed_is_the_same_whatever_seeds_go_with_it():
    strategies = {"rdrop": {}, "mixout": {"probability": 0.5}}
    among = {seeds: drawing_together(seeds, strategies)[0] for seeds in [(4,), (4, 7), (1, 2, 3, 4, 5, 6, 7, 8)]}
    first = among[4,][0]
    for seeds, states in among.items():
        state = states[seeds.index(4)]
        assert_alike(state.weights, first.weights)
        assert torch.equal(state.random.get_state(), first.random.get_state())


def test_a_family_that_cannot_be_mapped_is_refused_by_name():
    with pytest.raises(UsageError, match="deberta-v2"):
        refuse_unmappable(DebertaV2Config().model_type)
