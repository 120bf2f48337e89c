"""Losses and what mixes examples, against torch's own or plain references written from the papers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from builders import batch_of, random_batch, tiny_encoder, tiny_plan, tiny_state
from scipy.stats import beta
from sklearn.utils.class_weight import compute_class_weight

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.step import Step, TorchNoise, cross_entropy
from ftcli.recipes.functions import Outputs

LOGITS = torch.tensor([[2.0, -1.0, 0.3], [0.1, 0.2, 0.9], [-3.0, 1.0, 0.5], [0.0, 4.0, -1.0]])
LABELS = torch.tensor([0, 1, 2, 1])


def objective_of(name, inner=cross_entropy, **options):
    plan = tiny_plan(tiny_encoder(labels=3), {name: options})
    strategy = next(each for each in plan.recipe if each.name == name)
    step = Step(plan, tiny_encoder(labels=3), {name: {}}, torch.zeros(()), TorchNoise())
    return strategy.objective(inner, step.scope(name))


def losses_of(strategies):
    """The losses of LOGITS under all these strategies, in the order of their recipe."""
    encoder = tiny_encoder(labels=3)
    plan = tiny_plan(encoder, strategies)
    step = Step(plan, encoder, {name: {} for name in plan.recipe.names}, torch.zeros(()), TorchNoise())
    objective = cross_entropy
    for strategy in plan.recipe:
        objective = strategy.objective(objective, step.scope(strategy.name))
    return objective(Outputs(LOGITS), batch_of(LABELS))


def test_label_smoothing_is_torchs():
    found = objective_of("label_smoothing", epsilon=0.2)(Outputs(LOGITS), batch_of(LABELS))
    torch.testing.assert_close(found, F.cross_entropy(LOGITS, LABELS, reduction="none", label_smoothing=0.2))


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_class_weights_are_those_of_scikit_learn(power):
    labels = np.repeat([0, 1, 2], [1, 2, 3])  # as many of each as the plan has that tests use
    balanced = compute_class_weight("balanced", classes=np.unique(labels), y=labels)
    weights = torch.tensor(balanced**power, dtype=torch.float32)
    found = objective_of("class_weights", power=power)(Outputs(LOGITS), batch_of(LABELS))
    torch.testing.assert_close(found, F.cross_entropy(LOGITS, LABELS, weight=weights, reduction="none"))


def test_losses_have_one_order_whatever_that_of_the_flags():
    names = ["contrastive", "focal", "class_weights", "label_smoothing"]
    plan = tiny_plan(tiny_encoder(labels=3), {name: {} for name in names})
    assert [each.name for each in plan.recipe if each.name in names] == [
        "label_smoothing",
        "class_weights",
        "focal",
        "contrastive",
    ]


def test_class_weights_count_the_smoothed_loss_as_a_whole():
    """Torch weighs each class's part of the spread target by that class; here all of it has the weight of the label."""
    epsilon = 0.2
    found = losses_of({"class_weights": {}, "label_smoothing": {"epsilon": epsilon}})
    weights = torch.tensor([6 / 3, 6 / 6, 6 / 9])  # of the plan that tests use
    torchs = F.cross_entropy(LOGITS, LABELS, weight=weights, label_smoothing=epsilon, reduction="none")
    spread = epsilon / 3 * ((weights[LABELS].unsqueeze(1) - weights) * -LOGITS.log_softmax(-1)).sum(1)
    torch.testing.assert_close(found, torchs + spread)
    assert not torch.allclose(spread, torch.zeros(4))
    smoothed = F.cross_entropy(LOGITS, LABELS, label_smoothing=epsilon, reduction="none")
    torch.testing.assert_close(found, weights[LABELS] * smoothed)


def test_focal_loss_of_each_example():
    found = objective_of("focal", gamma=2.0)(Outputs(LOGITS), batch_of(LABELS))
    for row, label in enumerate(LABELS):
        p = LOGITS[row].softmax(-1)[label].item()
        assert found[row].item() == pytest.approx(-((1 - p) ** 2) * math.log(p), rel=1e-4)


def test_contrastive_loss_of_each_example():
    features, labels = torch.randn(5, 4), torch.tensor([0, 1, 0, 0, 2])
    batch = batch_of(labels)
    nothing = lambda outputs, batch: torch.zeros(5)  # noqa: E731
    found = objective_of("contrastive", nothing, share=0.25, temperature=0.5)(
        Outputs(torch.zeros(5, 3), features), batch
    )
    unit = [row / row.norm() for row in features]
    for i in range(5):
        others = [k for k in range(5) if k != i]
        alike = [j for j in others if labels[j] == labels[i]]
        total = sum(math.exp(float(unit[i] @ unit[k]) / 0.5) for k in others)
        terms = [-math.log(math.exp(float(unit[i] @ unit[j]) / 0.5) / total) for j in alike]
        expected = sum(terms) / len(terms) if terms else 0.0
        assert found[i].item() == pytest.approx(0.25 * expected, rel=1e-4)


def test_the_projection_of_the_contrastive_loss_is_trained_but_not_saved():
    encoder, batch = tiny_encoder(), random_batch()
    state = tiny_state(encoder, {"contrastive": {"share": 1.0, "projection": 5}}, lr=0.1)
    own = "contrastive.projection"
    start = state.weights[own].clone()
    executor = EagerExecutor(state)
    losses = [executor.step(batch)["loss"].item() for _ in range(4)]
    assert start.shape == (5, 16)
    assert not torch.equal(state.weights[own], start)
    assert losses[-1] < losses[0]
    assert state.merged(state.weights).keys() == encoder.weights.keys()


class Halves(TorchNoise):
    """Every other number is drawn."""

    def bernoulli(self, like, probability):
        return (torch.arange(like.numel()).reshape(like.shape) % 2).to(like.dtype)

    def uniform(self, like):
        return torch.full_like(like, 0.75)


def loss_of(name, encoder, batch, **options):
    state = tiny_state(encoder, {name: options})
    step = Step(state.plan, encoder, state.slots, torch.zeros(()), Halves())
    return step.loss()(state.weights, batch, None)


def test_multi_sample_dropout_is_the_mean_loss_over_masks_of_the_features():
    encoder, batch = tiny_encoder(), random_batch()
    found = loss_of("multi_sample_dropout", encoder, batch, samples=3, probability=0.5)
    features = encoder.forward(encoder.weights, batch.inputs).features
    kept = (1 - (torch.arange(6 * 3 * 16).reshape(6, 3, 16) % 2)) / 0.5
    losses = [
        F.cross_entropy(encoder.model.classifier(features * kept[:, draw]), batch.labels, reduction="sum")
        for draw in range(3)
    ]
    torch.testing.assert_close(found, torch.stack(losses).mean())


def test_multi_sample_dropout_switches_the_models_own_off():
    encoder = tiny_encoder(dropout=0.3)
    tiny_state(encoder, {"multi_sample_dropout": {}})
    assert encoder.model.dropout.p == 0
    assert encoder.model.bert.embeddings.dropout.p == 0.3


def test_mixup_mixes_features_and_losses():
    encoder, batch = tiny_encoder(), random_batch()
    found = loss_of("mixup", encoder, batch, alpha=0.4)
    share = beta.ppf(0.75, 0.4, 0.4)
    features = encoder.forward(encoder.weights, batch.inputs).features
    expected = 0.0
    for row in range(6):
        other = 5 - row
        logits = encoder.model.classifier(share * features[row] + (1 - share) * features[other])
        expected += share * F.cross_entropy(logits, batch.labels[row])
        expected += (1 - share) * F.cross_entropy(logits, batch.labels[other])
    assert found.item() == pytest.approx(expected.item(), rel=1e-2)


def test_a_projection_is_of_the_mixed_features():
    encoder, batch = tiny_encoder(), random_batch()
    state = tiny_state(encoder, {"mixup": {"alpha": 1.0}, "contrastive": {"projection": 3}})
    step = Step(state.plan, encoder, state.slots, torch.zeros(()), TorchNoise())
    forward = lambda weights, batch, delta: encoder.forward(encoder.weights, batch.inputs, delta)  # noqa: E731
    for strategy in state.plan.recipe:
        forward = strategy.forward(forward, step.scope(strategy.name))
    outputs = forward(state.weights, batch, None)
    projection = next(weight for name, weight in state.weights.items() if name not in encoder.weights)
    torch.testing.assert_close(outputs.projected, outputs.features @ projection.T)


def test_mixups_shares_follow_the_beta_distribution():
    state = tiny_state(tiny_encoder(), {"mixup": {"alpha": 0.4}})
    shares = state.slots["mixup"]["beta"]["quantiles"]
    assert shares.mean().item() == pytest.approx(0.5, abs=1e-3)
    assert shares.var().item() == pytest.approx(beta.var(0.4, 0.4), rel=1e-2)


@pytest.mark.parametrize(("name", "options"), [("r3f", {"sigma": 0.1, "weight": 0.7}), ("smart", {"weight": 0.7})])
def test_second_passes_add_the_symmetric_divergence(name, options):
    found = objective_of(name, **options)(Outputs(LOGITS), batch_of(LABELS[:2]))
    for row in range(2):
        p, q = LOGITS[row].log_softmax(-1), LOGITS[row + 2].log_softmax(-1)
        both = F.kl_div(p, q, reduction="sum", log_target=True) + F.kl_div(q, p, reduction="sum", log_target=True)
        expected = F.cross_entropy(LOGITS[row], LABELS[row]) + 0.7 * both
        assert found[row].item() == pytest.approx(expected.item(), rel=1e-5)


def test_r3f_shifts_the_second_pass_alone():
    encoder, batch = tiny_encoder(), random_batch()
    state = tiny_state(encoder, {"r3f": {"sigma": 0.5}})
    strategy = next(each for each in state.plan.recipe if each.name == "r3f")
    step = Step(state.plan, encoder, state.slots, torch.zeros(()), TorchNoise())
    shifts = []

    def inner(weights, batch, delta):
        shifts.append(delta)
        return encoder.forward(weights, batch.inputs, delta)

    torch.manual_seed(0)
    first, second = strategy.forward(inner, step.scope("r3f"))(state.weights, batch, None).halves()
    plain = encoder.forward(encoder.weights, batch.inputs).logits
    torch.testing.assert_close(first.logits, plain)
    assert not torch.allclose(second.logits, plain, atol=1e-3)
    none, noise = shifts[0].chunk(2)
    assert not none.any()
    assert noise.std().item() == pytest.approx(0.5, rel=0.1)
    assert noise.mean().item() == pytest.approx(0, abs=0.05)
