from __future__ import annotations

import torch
from builders import random_batch, tiny_encoder, tiny_plan

from ftcli.engine.differentiate import by_autograd
from ftcli.engine.step import Step, TorchNoise

EPSILON = 0.5


def step_of(encoder, strategies):
    plan = tiny_plan(encoder, strategies, max_grad_norm=0.0)
    return Step(plan, encoder, {strategy.name: {} for strategy in plan.recipe}, torch.zeros(()), TorchNoise())


def test_gradients_against_a_plain_reference():
    torch.set_default_dtype(torch.float64)
    try:
        encoder, batch = tiny_encoder(), random_batch()
        step = step_of(encoder, {"fgm": {"epsilon": EPSILON}})
        found = step.gradient(by_autograd(step.loss(), 6))(encoder.weights, batch)
        expected = reference(encoder.model, batch)
    finally:
        torch.set_default_dtype(torch.float32)
    for name, gradient in expected.items():
        torch.testing.assert_close(found.weights[name], gradient, rtol=1e-8, atol=1e-10)


def reference(model, batch):
    """The same with the model's own loss, shifting what its embedding module returns."""
    shift = torch.zeros(*batch.inputs["input_ids"].shape, 16, requires_grad=True)
    hook = model.get_input_embeddings().register_forward_hook(lambda module, ids, out: out + shift)
    model(**batch.inputs, labels=batch.labels).loss.backward()
    with torch.no_grad():
        for row in range(len(shift)):
            shift[row] = EPSILON * shift.grad[row] / shift.grad[row].norm()
    model(**batch.inputs, labels=batch.labels).loss.backward()  # gradients add up
    hook.remove()
    return {name: weight.grad for name, weight in model.named_parameters()}


def test_the_shift_raises_the_loss():
    encoder, batch = tiny_encoder(), random_batch()
    step = step_of(encoder, {"fgm": {"epsilon": 0.1}})
    measures = step.gradient(by_autograd(step.loss(), 6))(encoder.weights, batch).measures
    assert measures["adversarial_loss"] > measures["loss"]
