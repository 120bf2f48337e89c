"""One step mapped over two seeds with torch.func, for every strategy: so later executors are known to be possible."""

from __future__ import annotations

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_plan
from strategies.cases import BY_NAME, CASES

from ftcli.engine.differentiate import by_autograd, by_transform
from ftcli.engine.step import Step
from ftcli.models.encoder import Encoder
from ftcli.recipes.functions import Batch, Outputs


class FixedNoise:
    """The same draws for every seed and in every executor."""

    def bernoulli(self, like, probability):
        shape = torch.arange(like.numel()).reshape(like.shape) % 10
        return (shape < 10 * probability).to(like.dtype)


def with_additive_mask(batch: Batch) -> Batch:
    """The attention mask in the one form that BERT takes under vmap: zeros and -inf, [B, 1, T, T]."""
    hidden = torch.where(batch.inputs["attention_mask"].bool(), 0.0, torch.finfo(torch.float64).min)
    length = hidden.shape[1]
    return batch._replace(inputs=batch.inputs | {"attention_mask": hidden[:, None, None, :].expand(-1, 1, length, -1)})


def with_passes_that_differ(encoder: Encoder) -> Encoder:
    """Shift the logits by their row, as dropout would: else both passes of R-Drop agree, and its divergence is 0."""
    forward = encoder.forward

    def shifted(weights, inputs, delta=None):
        logits = forward(weights, inputs, delta).logits
        rows = torch.arange(logits.shape[0], dtype=logits.dtype)
        return Outputs(logits * (1 + 0.1 * rows[:, None]))

    encoder.forward = shifted
    return encoder


def one_step(plan, encoder, state, batch, differentiate):
    """Gradients, and the slots after the update that follows (the weights moved by a tenth of the gradients)."""
    weights, slots = state
    step = Step(plan, encoder, slots, torch.zeros(()), FixedNoise())
    found = step.gradient(differentiate(step.loss()))(weights, batch)
    moved = {name: weights[name].detach() - 0.1 * found.weights[name].detach() for name in weights}
    for strategy in plan.acting_after[-1]:
        strategy.after_update(moved, step.scope(strategy.name))
    return found.weights, found.measures["loss"], slots


def seed_state(plan, encoder):
    weights = {name: weight.detach().clone() for name, weight in encoder.weights.items()}
    return weights, {each.name: each.slots(weights, encoder) for each in plan.recipe}


def stacked(first, second):
    return torch.utils._pytree.tree_map(lambda *each: torch.stack(each), first, second)


def one_of(tree, index):
    return torch.utils._pytree.tree_map(lambda tensor: tensor[index], tree)


def assert_alike(mapped, alone):
    for one, other in zip(torch.utils._pytree.tree_leaves(mapped), torch.utils._pytree.tree_leaves(alone), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize(
    "names",
    [*([case.name] for case in CASES), ["reinit", "layerwise_lrd", "mixout", "rdrop", "fgm", "swa"]],
    ids="+".join,
)
def test_a_step_mapped_over_two_seeds_equals_two_steps_alone(names):
    torch.set_default_dtype(torch.float64)
    try:
        encoders = [with_passes_that_differ(tiny_encoder(seed=seed, attn_implementation="eager")) for seed in (1, 2)]
        plan = tiny_plan(encoders[0], {name: BY_NAME[name].options for name in names})
        for encoder in encoders:
            for strategy in plan.recipe:
                strategy.prepare(encoder, 7)
        batches = [with_additive_mask(random_batch(seed=seed)) for seed in (3, 4)]
        alone = [
            one_step(plan, encoder, seed_state(plan, encoder), batch, lambda loss: by_autograd(loss, 6))
            for encoder, batch in zip(encoders, batches, strict=True)
        ]
        states = [seed_state(plan, encoder) for encoder in encoders]

        def mapped_step(state, batch):
            return one_step(plan, encoders[0], state, batch, by_transform)

        mapped = torch.vmap(mapped_step, randomness="different")(stacked(*states), stacked(*batches))
    finally:
        torch.set_default_dtype(torch.float32)
    for index in (0, 1):
        assert_alike(one_of(mapped, index), alone[index])


def test_the_two_seeds_of_that_test_differ():
    first, second = (tiny_encoder(seed=seed) for seed in (1, 2))
    assert not torch.equal(first.weights["classifier.weight"], second.weights["classifier.weight"])
