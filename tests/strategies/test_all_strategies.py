"""What must hold of every strategy; the table of cases is walked through."""

from __future__ import annotations

import itertools

import pytest
import torch
from builders import random_batch, tiny_encoder, tiny_state
from strategies.cases import BY_NAME, CASES

from ftcli.engine.eager import EagerExecutor
from ftcli.errors import UsageError
from ftcli.recipes.discovery import all_strategies
from ftcli.recipes.recipe import compose, conflict

NAMES = [case.name for case in CASES]


def train(strategies, *, steps=3, labels=2, dropout=0.1, kind="classification", **settings):
    """Train a tiny model for a few steps and return its executor and the losses."""
    encoder = tiny_encoder(dropout=dropout, labels=labels)
    batches = [random_batch(seed=step, labels=labels, sets=kind == "multilabel") for step in range(steps)]
    torch.manual_seed(11)
    state = tiny_state(encoder, strategies, steps=steps, kind=kind, batches=batches, **settings)
    executor = EagerExecutor(state)
    torch.manual_seed(11)
    losses = [executor.step(batches[step % steps])["loss"].item() for step in range(state.plan.steps)]
    return executor, losses


def test_every_strategy_has_a_case():
    assert set(BY_NAME) == set(all_strategies())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("kind", "labels"), [("classification", 2), ("classification", 3), ("multilabel", 3), ("regression", 1)]
)
def test_it_trains_with_finite_loss(name, kind, labels):
    if kind != "classification" and all_strategies()[name].classes_only:
        with pytest.raises(UsageError, match="needs one class an example"):
            train({name: BY_NAME[name].options}, labels=labels, kind=kind)
        return
    _, losses = train({name: BY_NAME[name].options}, labels=labels, kind=kind)
    assert all(torch.isfinite(torch.tensor(losses)))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "linear_scheduler"])
def test_it_changes_the_weights_that_come_out(name):
    with_it, _ = train({name: BY_NAME[name].options})
    without, _ = train({})
    assert not same_weights(with_it, without)


@pytest.mark.parametrize("case", [case for case in CASES if case.null is not None], ids=lambda case: case.name)
def test_at_its_null_setting_a_run_is_bit_identical_to_one_without_it(case):
    with_it, losses = train({case.name: case.null})
    without, plain_losses = train({})
    assert case.name not in with_it.state.plan.recipe.names
    assert losses == plain_losses
    assert same_weights(with_it, without)


@pytest.mark.slow  # hundreds of them
@pytest.mark.parametrize("pair", list(itertools.combinations(NAMES, 2)), ids="+".join)
def test_every_pair_trains_or_is_refused_with_a_reason(pair):
    strategies = {name: BY_NAME[name].options for name in pair}
    if conflict(*(all_strategies()[name] for name in pair)):
        with pytest.raises(
            UsageError, match=r"exclude each other: (both decide \w+|the pretrained .* stay as they are)"
        ):
            train(strategies)
    else:
        _, losses = train(strategies, steps=2)
        assert all(torch.isfinite(torch.tensor(losses)))


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("lora", "l2_sp"), "stay as they are with --lora"),
        (("lora", "pretrained_decay"), "stay as they are with --lora"),
        (("lora", "recadam"), "stay as they are with --lora"),
        (("lora", "child_tuning"), "stay as they are with --lora"),
        (("lora", "awp"), "the pretrained matrices that --awp acts on stay as they are with --lora"),
        (("lora", "reinit"), "the pretrained matrices that --reinit acts on stay as they are with --lora"),
        (("bitfit", "reinit"), "the pretrained matrices that --reinit acts on stay as they are with --bitfit"),
        (("lora", "noisytune"), "the pretrained matrices that --noisytune acts on stay as they are with --lora"),
        (("bitfit", "awp"), "the pretrained matrices that --awp acts on stay as they are with --bitfit"),
        (("recadam", "swa"), "both decide the learning rates late in the training"),
        (("mixup", "rdrop"), "both decide what the passes over an example have in common"),
    ],
)
def test_what_would_be_idle_or_undo_the_other_is_refused(pair, reason):
    with pytest.raises(UsageError, match=reason):
        compose(pair)


def test_blocks_that_start_afresh_are_not_frozen():
    with pytest.raises(UsageError, match="--freeze and --reinit share blocks"):
        train({"reinit": {"layers": 2}, "freeze": {"layers": 2}})
    train({"reinit": {"layers": 1}, "freeze": {"layers": 2}}, steps=1)


def test_bitfit_may_be_pulled_back_since_biases_are_pretrained_too():
    assert compose(["bitfit", "l2_sp"]).names[:2] == ("bitfit", "linear_scheduler")


def test_a_strategy_at_its_null_setting_is_in_nobodys_way():
    settings = {"awp": all_strategies()["awp"].Settings(gamma=0.0)}
    assert compose(["sam", "awp"], settings).distinctive_names == ("sam",)


def test_the_order_of_the_flags_does_not_matter():
    names = ["swa", "fgm", "rdrop", "mixout", "layerwise_lrd", "reinit"]
    orders = {compose(order).names for order in itertools.permutations(names)}
    assert orders == {("reinit", "layerwise_lrd", "linear_scheduler", "mixout", "rdrop", "fgm", "swa")}


def test_all_that_go_together_train_together():
    names = ["reinit", "layerwise_lrd", "mixout", "rdrop", "fgm", "swa"]
    executor, losses = train({name: BY_NAME[name].options for name in names}, steps=4)
    assert all(torch.isfinite(torch.tensor(losses)))
    assert executor.state.final_weights() is not None


def same_weights(one, other):
    ours, theirs = (each.state.merged(each.state.final_weights() or each.state.weights) for each in (one, other))
    return all(torch.equal(ours[name], theirs[name]) for name in theirs)
