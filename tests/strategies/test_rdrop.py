from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from builders import batch_of, random_batch, tiny_encoder, tiny_plan

from ftcli.engine.step import Step, TorchNoise, cross_entropy, squared_error
from ftcli.recipes.functions import Outputs


def functions(labels=2, dropout=0.0, alpha=0.7):
    encoder = tiny_encoder(labels=labels, dropout=dropout)
    plan = tiny_plan(encoder, {"rdrop": {"alpha": alpha}}, kind="regression" if labels == 1 else "classification")
    slots = {strategy.name: {} for strategy in plan.recipe}
    return encoder, plan, Step(plan, encoder, slots, torch.zeros(()), TorchNoise())


def objective_of(plan, step, inner):
    strategy = next(each for each in plan.recipe if each.name == "rdrop")
    return strategy.objective(inner, step.scope("rdrop"))


def test_the_loss_against_a_reference_written_from_the_paper():
    _, plan, step = functions(labels=3)
    logits, labels = torch.randn(8, 3), torch.tensor([0, 1, 2, 1])
    found = objective_of(plan, step, cross_entropy)(Outputs(logits), batch_of(labels))
    for row in range(4):
        p, q = logits[row].softmax(-1), logits[row + 4].softmax(-1)
        ce = -(p[labels[row]].log() + q[labels[row]].log()) / 2
        kl = (F.kl_div(p.log(), q, reduction="sum") + F.kl_div(q.log(), p, reduction="sum")) / 2
        assert found[row].item() == pytest.approx((ce + 0.7 * kl).item(), rel=1e-5)


def test_a_regression_has_the_squared_difference():
    _, plan, step = functions(labels=1)
    found = objective_of(plan, step, squared_error)(
        Outputs(torch.tensor([[1.0], [3.0]])), batch_of(torch.tensor([0.0]))
    )
    assert found.tolist() == pytest.approx([(1 + 9) / 2 + 0.7 * 4])


def test_both_passes_are_one_forward_of_twice_the_batch(monkeypatch):
    encoder, _, step = functions(dropout=0.5)
    rows = []
    inner = encoder.forward
    monkeypatch.setattr(
        encoder,
        "forward",
        lambda weights, inputs, delta: rows.append(len(inputs["input_ids"])) or inner(weights, inputs, delta),
    )
    step.loss()(encoder.weights, random_batch(rows=6), None)
    assert rows == [12]


def test_without_dropout_both_passes_agree_and_the_loss_is_the_plain_one():
    encoder, _, step = functions(dropout=0.0)
    batch = random_batch()
    logits = encoder.forward(encoder.weights, batch.inputs).logits
    expected = F.cross_entropy(logits, batch.labels, reduction="sum")
    assert step.loss()(encoder.weights, batch, None).item() == pytest.approx(expected.item(), rel=1e-5)
