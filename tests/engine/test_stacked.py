"""Several seeds trained in one mapped step against each trained alone, for every strategy."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state
from scipy.stats import ks_2samp
from strategies.cases import BY_NAME, CASES
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.stacked import StackedExecutor, refuse_unmappable
from ftcli.engine.step import cross_entropy
from ftcli.errors import UsageError
from ftcli.recipes.functions import Outputs

STEPS = 4
SEEDS = (1, 2, 3)

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")


@pytest.fixture(autouse=True)
def _double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class FixedNoise:
    """The same draws for every seed and in every executor."""

    def bernoulli(self, like, probability):
        return (10 * self.uniform(like) < 10 * probability - 1e-9).to(like.dtype)

    def uniform(self, like):
        return torch.arange(like.numel()).reshape(like.shape).to(like.dtype) % 10 / 10

    def normal(self, like):
        return 4 * self.uniform(like) - 2


def with_passes_that_differ(encoder):
    """Shift the logits by their row, as dropout would: else both passes of R-Drop agree, and its divergence is 0."""
    forward = encoder.forward

    def shifted(weights, inputs, delta=None):
        logits, features, *_ = forward(weights, inputs, delta)
        rows = torch.arange(logits.shape[0], dtype=logits.dtype)
        return Outputs(logits * (1 + 0.1 * rows[:, None]), features)

    encoder.forward = shifted
    return encoder


def state_of(seed, strategies, settings=None, **config):
    encoder = with_passes_that_differ(tiny_encoder(seed=seed, **config))
    batches = [batch_of(seed, step) for step in range(STEPS)]
    return tiny_state(encoder, strategies, steps=STEPS, seed=seed, batches=batches, **(settings or {}))


def batch_of(seed, step):
    return random_batch(seed=10 * seed + step)


def trained_alone(seed, strategies, **config):
    executor = EagerExecutor(state_of(seed, strategies, **config), FixedNoise())
    measured = [executor.step(batch_of(seed, step)) for step in range(executor.state.plan.steps)]
    return executor.state, measured


def trained_together(seeds, strategies, batch=batch_of, **config):
    states = [state_of(seed, strategies, **config) for seed in seeds]
    executor = StackedExecutor(states, FixedNoise())
    measured = [executor.step([batch(seed, step) for seed in seeds]) for step in range(executor.plan.steps)]
    return states, [[step[index] for step in measured] for index in range(len(seeds))]


def assert_alike(found, expected):
    """Compare all but the biases of the keys: their true gradient is 0, and Adam blows up the rounding."""
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        if not name.endswith("key.bias"):
            torch.testing.assert_close(found[name], tensor.detach(), rtol=1e-6, atol=1e-8, msg=lambda m: f"{name}: {m}")  # noqa: B023


@pytest.mark.parametrize(
    "names",
    [*([case.name] for case in CASES), ["reinit", "layerwise_lrd", "mixout", "rdrop", "fgm", "swa"]],
    ids="+".join,
)
def test_seeds_trained_together_equal_each_trained_alone(names):
    strategies = {name: BY_NAME[name].options for name in names}
    together, measured = trained_together(SEEDS, strategies)
    for index, seed in enumerate(SEEDS):
        alone, measured_alone = trained_alone(seed, strategies)
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
    def poisoned(seed, step):
        batch = batch_of(seed, step)
        return batch._replace(present=batch.present * float("nan")) if (seed, step) == (2, 1) else batch

    broken, measured = trained_together(SEEDS, {"rdrop": {}, "swa": {}}, batch=poisoned)
    whole, _ = trained_together(SEEDS, {"rdrop": {}, "swa": {}})
    assert measured[1][-1]["loss"].isnan()
    assert all(torch.equal(broken[0].weights[name], whole[0].weights[name]) for name in whole[0].weights)
    assert all(torch.equal(broken[2].weights[name], whole[2].weights[name]) for name in whole[2].weights)


def test_each_seed_has_dropout_of_its_own():
    def same_for_all(seed, step):
        return random_batch(seed=step)

    states = [state_of(1, {}, dropout=0.3) for _ in range(2)]
    executor = StackedExecutor(states)
    losses = [each["loss"] for each in executor.step([same_for_all(1, 0)] * 2)]
    assert losses[0] != losses[1]


def test_mixout_draws_for_each_seed():
    states = [state_of(1, {"mixout": {"probability": 0.5}}) for _ in range(2)]
    executor = StackedExecutor(states)
    for step in range(2):  # in the first the weights are still where they started
        losses = [each["loss"] for each in executor.step([batch_of(1, step)] * 2)]
    assert losses[0] != losses[1]


def test_scores_of_twenty_seeds_with_dropout_do_not_differ_in_distribution():
    seeds, strategies, dropout = range(20), {"rdrop": {}}, {"dropout": 0.3}
    dev = batch_of(0, 0)

    def judged(state):
        with torch.no_grad():
            return float(cross_entropy(state.encoder.forward(state.weights, dev.inputs), dev).mean())

    torch.manual_seed(1)
    states = [state_of(seed, strategies, **dropout) for seed in seeds]
    executor = StackedExecutor(states)
    for step in range(STEPS):
        executor.step([batch_of(seed, step) for seed in seeds])
    alone = []
    for seed in seeds:
        one = EagerExecutor(state_of(seed, strategies, **dropout))
        for step in range(STEPS):
            one.step(batch_of(seed, step))
        alone.append(one.state)
    for state in [*states, *alone]:
        state.encoder.model.eval()
    found = ks_2samp([judged(state) for state in states], [judged(state) for state in alone])
    assert found.pvalue > 0.05


def test_a_family_that_cannot_be_mapped_is_refused_by_name():
    config = DebertaV2Config(
        vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    with pytest.raises(UsageError, match="deberta-v2"):
        refuse_unmappable(DebertaV2ForSequenceClassification(config))
