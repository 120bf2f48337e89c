"""Freezing, gradual unfreezing, BitFit, LoRA, Child-Tuning, LP-FT and NoisyTune: which weights move, and how."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from builders import random_batch, tiny_encoder, tiny_state

from ftcli.engine.eager import EagerExecutor
from ftcli.engine.step import Step, TorchNoise
from ftcli.errors import UsageError

BATCHES = [random_batch(seed=step) for step in range(4)]


def trained(strategies, *, steps=4, **settings):
    state = tiny_state(tiny_encoder(), strategies, steps=steps, batches=BATCHES, **settings)
    executor = EagerExecutor(state)
    for step in range(state.plan.steps):
        executor.step(BATCHES[step % 4])
    return state, executor


def moved(state):
    start = tiny_encoder().weights
    return {name for name, weight in state.weights.items() if name in start and not torch.equal(weight, start[name])}


def in_head(name):
    return name.startswith(("classifier", "bert.pooler"))


def test_freezing_leaves_embeddings_and_the_lowest_blocks_bit_for_bit():
    state, _ = trained({"freeze": {"layers": 2}})
    frozen = {name for name in state.weights if "embeddings" in name or "layer.0." in name or "layer.1." in name}
    assert moved(state) == state.weights.keys() - frozen


def test_more_blocks_than_there_are_cannot_be_frozen():
    with pytest.raises(UsageError, match="--freeze-layers: 4 blocks can't be frozen, the model has 3"):
        trained({"freeze": {"layers": 4}})


def test_clipping_sees_only_what_moves():
    state = tiny_state(tiny_encoder(), {"freeze": {"layers": 2}})
    found = EagerExecutor(state).step(BATCHES[0])["gradient_norm"]
    encoder = tiny_encoder()
    F.cross_entropy(encoder.model(**BATCHES[0].inputs).logits, BATCHES[0].labels).backward()
    names = moved(trained({"freeze": {"layers": 2}})[0])
    expected = sum(encoder.weights[name].grad.square().sum() for name in names).sqrt()
    torch.testing.assert_close(found, expected)


def test_gradual_unfreezing_lets_one_depth_after_the_other_join():
    plan = tiny_state(tiny_encoder(), {"gradual_unfreezing": {"share": 0.5}}, steps=16).plan
    joins = {group.depth: int(plan.moving[:, index].int().argmax()) for index, group in enumerate(plan.groups)}
    assert joins == {4: 0, 3: 2, 2: 4, 1: 6, 0: 8}  # the half of 16 steps in four equal parts
    assert plan.moving[8:].all()


def test_the_optimizer_counts_only_the_steps_in_which_a_weight_moved():
    state, executor = trained({"gradual_unfreezing": {"share": 1.0}})
    steps = executor._optimizer._optimizer.state
    assert steps[state.weights["classifier.weight"]]["step"] == 4
    assert steps[state.weights["bert.encoder.layer.2.output.dense.weight"]]["step"] == 3
    assert state.weights["bert.embeddings.word_embeddings.weight"] not in steps


def test_bitfit_moves_biases_and_head_alone():
    state, _ = trained({"bitfit": {}})
    assert moved(state) == {name for name in state.weights if name.endswith("bias") or in_head(name)}


def test_lora_keeps_the_pretrained_weights_and_merges_a_change_of_low_rank():
    state, _ = trained({"lora": {"rank": 2, "alpha": 6.0}})
    assert moved(state) == {name for name in state.weights if in_head(name)}
    merged = state.merged(state.weights)
    assert merged.keys() == tiny_encoder().weights.keys()
    name = "bert.encoder.layer.1.attention.self.query.weight"
    change = merged[name] - state.weights[name]
    up, down = state.weights[f"lora.up.{name}"], state.weights[f"lora.down.{name}"]
    torch.testing.assert_close(change, 3.0 * up @ down, rtol=1e-4, atol=1e-6)
    assert torch.linalg.matrix_rank(change.detach(), tol=1e-5) == 2


def test_the_gradients_of_lora_are_those_of_the_merged_weights_by_the_chain_rule():
    state, _ = trained({"lora": {"rank": 2, "alpha": 6.0}}, max_grad_norm=0.0)
    seen = {}
    state.taken = 0  # for one more step under the same plan
    executor = EagerExecutor(state)
    executor._optimizer.step = lambda number, gradients: seen.update(gradients)
    merged = {name: weight.detach().clone().requires_grad_() for name, weight in state.merged(state.weights).items()}
    executor.step(BATCHES[0])
    loss = F.cross_entropy(state.encoder.forward(merged, BATCHES[0].inputs).logits, BATCHES[0].labels)
    name = "bert.encoder.layer.2.output.dense.weight"
    (whole,) = torch.autograd.grad(loss, [merged[name]])
    up, down = state.weights[f"lora.up.{name}"], state.weights[f"lora.down.{name}"]
    torch.testing.assert_close(seen[f"lora.up.{name}"], 3.0 * whole @ down.T, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(seen[f"lora.down.{name}"], 3.0 * up.T @ whole, rtol=1e-4, atol=1e-6)


def test_lora_starts_as_the_pretrained_model():
    state = tiny_state(tiny_encoder(), {"lora": {}})
    start = tiny_encoder().weights
    assert all(torch.equal(weight, start[name]) for name, weight in state.merged(state.weights).items())


def test_the_driven_child_has_the_largest_fisher_information():
    state = tiny_state(tiny_encoder(), {"child_tuning": {"share": 0.2, "driven": True}}, batches=BATCHES)
    encoder = tiny_encoder()
    fisher = {name: torch.zeros_like(weight) for name, weight in encoder.weights.items() if name.startswith("bert")}
    for batch in BATCHES:
        encoder.model.zero_grad()
        F.cross_entropy(encoder.model(**batch.inputs).logits, batch.labels).backward()
        for name, total in fisher.items():
            total.add_(encoder.weights[name].grad ** 2)
    values = torch.cat([total.flatten() for total in fisher.values()])
    kept = torch.cat([state.slots["child_tuning"]["kept"][name].flatten() for name in fisher]).bool()
    assert kept.sum().item() == pytest.approx(0.2 * len(values), abs=2)
    assert values[kept].min() >= values[~kept].max() * (1 - 1e-4)


def test_the_free_child_keeps_a_share_of_the_gradient_scaled_up_and_all_of_the_heads():
    state = tiny_state(tiny_encoder(), {"child_tuning": {"share": 0.25}}, max_grad_norm=0.0)
    strategy = next(each for each in state.plan.recipe if each.name == "child_tuning")
    step = Step(state.plan, state.encoder, state.slots, torch.zeros(()), TorchNoise())
    ones = {name: torch.ones_like(weight) for name, weight in state.weights.items()}

    class Found:
        weights = ones

        def _replace(self, weights):
            return weights

    masked = strategy.gradient(lambda *_, **__: Found(), step.scope("child_tuning"))(state.weights, BATCHES[0])
    values = torch.cat([masked[name].flatten() for name in state.encoder.pretrained])
    assert set(values.tolist()) == {0.0, 4.0}
    assert values.mean().item() == pytest.approx(1.0, abs=0.1)
    assert torch.equal(masked["classifier.weight"], ones["classifier.weight"])


def test_linear_probing_moves_pooler_and_head_before_the_main_steps():
    probing = {"lp_ft": {"epochs": 1, "lr": 0.05}}
    plan = tiny_state(tiny_encoder(), probing).plan
    without = tiny_state(tiny_encoder(), {}).plan
    assert plan.steps == 8
    assert set(plan.moving_at(0)) == {name for name in tiny_encoder().weights if in_head(name)}
    assert plan.rates[:4].unique().tolist() == [0.0, 0.05]
    assert torch.equal(plan.rates[4:], without.rates)
    assert plan.restarts == {4}


def test_fine_tuning_after_probing_starts_with_a_fresh_optimizer():
    state, _ = trained({"lp_ft": {"epochs": 1}})
    probed = tiny_state(tiny_encoder(), {"lp_ft": {"epochs": 1}})
    first = EagerExecutor(probed)
    for step in range(4):
        first.step(BATCHES[step])
    encoder = tiny_encoder()
    with torch.no_grad():
        for name, weight in encoder.weights.items():
            weight.copy_(probed.weights[name])
    alone = tiny_state(encoder, {})
    executor = EagerExecutor(alone)
    for step in range(4):
        executor.step(BATCHES[step])
    assert all(torch.equal(weight, state.weights[name]) for name, weight in alone.weights.items())


def test_noise_of_noisytune_is_uniform_in_proportion_to_each_matrix_and_spares_the_head():
    start = tiny_encoder().weights
    noisy, again = (tiny_state(tiny_encoder(), {"noisytune": {"intensity": 0.4}}, seed=7) for _ in range(2))
    for name, weight in noisy.weights.items():
        noise = weight - start[name]
        assert torch.equal(weight, again.weights[name])
        if name.startswith("classifier"):
            assert not noise.any()
        else:
            assert noise.abs().max() <= 0.2 * start[name].std() + 1e-6
    name = "bert.embeddings.word_embeddings.weight"
    spread = (noisy.weights[name] - start[name]).std().item()
    assert spread == pytest.approx((0.4 / 12**0.5 * start[name].std()).item(), rel=0.1)
