"""A probe against a clock of its own: what it extrapolates is what the training would have taken."""

from __future__ import annotations

import pytest
import torch
from helpers import write_reviews

from ftcli.engine import probe as probes
from ftcli.engine.assembly import assemble
from ftcli.engine.checkpoint import Checkpointer
from ftcli.engine.footprint import checkpoint_bytes
from ftcli.engine.pace import Pace
from ftcli.engine.probe import Probe, evaluations, kinds
from ftcli.engine.selection import Selection
from ftcli.engine.speed import SpeedMeter
from ftcli.engine.watch import Watch
from ftcli.settings.train import train_settings
from ftcli.tasks.load import load_dataset


class Clock:
    """Stands still but for what is told to take time."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def probed(tmp_path, tiny_model):
    """Make a probe of a training with its own clock: a step takes what ``step(shape, number)`` says, and so on."""

    def make(step=lambda shape, number: 0.0, token=0.0, **values):
        path = write_reviews(tmp_path / "reviews.csv", 200)
        told = {"train_file": path, "model": str(tiny_model), "batch_size": 8, "epochs": 2} | values
        settings = train_settings()(**told)
        dataset = load_dataset(settings)
        assembly = assemble(settings, dataset)
        clock = Clock()
        probe = Probe(settings, dataset, assembly, clock)
        inner, forward = probe._executor.step, assembly.encoder.forward

        def timed_step(batch):
            clock.now += step(batch.inputs["attention_mask"].shape, probe._state.taken)
            return inner(batch)

        def timed_forward(weights, inputs, *rest):
            if not assembly.encoder.training:
                clock.now += token * int(inputs["attention_mask"].sum())
            return forward(weights, inputs, *rest)

        probe._executor.step, assembly.encoder.forward = timed_step, timed_forward
        return probe, assembly

    return make


def whole(assembly, seconds):
    """What all steps take."""
    per_epoch = assembly.buckets.batches
    epochs = -(-assembly.plan.steps // per_epoch)
    shapes = [(len(each.rows), each.length) for epoch in range(epochs) for each in assembly.buckets.epoch(epoch)]
    return sum(seconds(shape, number) for number, shape in enumerate(shapes[: assembly.plan.steps]))


def test_steps_that_take_as_long_as_their_tokens(probed):
    def seconds(shape, number):
        return 1e-4 * shape[0] * shape[1]

    probe, assembly = probed(seconds)
    cost = probe.measure(3.0)
    assert cost.training == pytest.approx(whole(assembly, seconds))
    assert (cost.setup, cost.evaluation) == (3.0, 0.0)
    assert cost.steps < 10 < assembly.plan.steps


def test_steps_that_take_longer_than_in_proportion_and_never_nothing(probed):
    def seconds(shape, number):
        return 0.01 + 1e-5 * shape[0] * shape[1] ** 2

    probe, assembly = probed(seconds)
    assert probe.measure(0.0).training == pytest.approx(whole(assembly, seconds), rel=0.1)


@pytest.mark.parametrize("strategy", ["gradual_unfreezing", "lp_ft", "freeze"])
def test_steps_in_which_less_moves_count_for_what_they_take(probed, strategy):
    def seconds(shape, number):
        moving = assembly.plan.moving[number].sum().item()
        return 1e-5 * shape[0] * shape[1] * moving

    probe, assembly = probed(seconds, strategy=[strategy])
    plan = assembly.plan
    assert sum(kind.steps for kind in kinds(plan)) == plan.steps
    per_step = whole(assembly, lambda shape, number: 1e-5 * shape[0] * shape[1]) / plan.steps
    expected = sum(per_step * plan.moving[number].sum().item() for number in range(plan.steps))
    assert probe.measure(0.0).training == pytest.approx(expected, rel=1e-6)


def test_evaluations_take_as_long_as_the_tokens_of_their_examples(probed):
    probe, assembly = probed(token=1e-4, select_fraction=0.2, strategy=["swa"], eval_batch_size=4)
    tokens = {name: int(split.lengths.sum()) for name, split in assembly.splits.items()}
    # On what was set aside after each of two epochs and at the end; the average and the last weights on dev.
    expected = 1e-4 * (3 * tokens["select"] + 2 * tokens["dev"])
    assert probe.measure(0.0).evaluation == pytest.approx(expected)


def test_a_survey_of_the_data_is_counted_once(probed):
    probe, assembly = probed(token=1e-4, strategy=["child_tuning"], child_tuning={"driven": True})
    tokens = int(assembly.splits["train"].lengths.sum())
    assert probe.measure(0.0).training == pytest.approx(1e-4 * tokens, rel=0.1)  # as far as all are padded alike


def test_what_blocks_at_rest_make_of_the_data_is_counted_once(probed):
    probe, assembly = probed(token=1e-4, strategy=["freeze"], freeze={"layers": 2})
    inner = assembly.encoder.activations

    def activations(weights, inputs):
        probe._clock.now += 1e-4 * int(inputs["attention_mask"].sum())
        return inner(weights, inputs)

    assembly.encoder.activations = activations
    assert probe.measure(0.0).training == pytest.approx(1e-4 * int(assembly.splits["train"].lengths.sum()))


def test_patience_ends_even_where_steps_take_long(probed):
    probe, assembly = probed(lambda shape, number: 0.1 * shape[0] * shape[1], strategy=["gradual_unfreezing"])
    cost = probe.measure(0.0)
    assert cost.steps == 2  # one to warm up, and the longest
    assert cost.training > probes.PATIENCE
    assert cost.training == pytest.approx(whole(assembly, lambda shape, number: 0.1 * shape[0] * shape[1]))


def test_epochs_that_end_with_an_evaluation(probed):
    assert evaluations(probed(epochs=3)[1].plan) == 3
    assert evaluations(probed(max_steps=25)[1].plan) == 2  # 20 steps an epoch
    lp_ft = probed(strategy=["lp_ft"], epochs=3)[1]
    assert evaluations(lp_ft.plan) == -(-lp_ft.plan.steps // 20)


@pytest.mark.parametrize("strategies", [[], ["ema", "l2_sp"], ["lora"]], ids=str)
def test_a_checkpoint_is_as_large_as_those_that_are_written(probed, strategies, tmp_path):
    probe, _ = probed(strategy=strategies)
    cost = probe.measure(0.0)
    state, selection = probe._state, Selection("accuracy", patience=None)
    selection.consider(1, {"accuracy": 1.0}, state.weights)
    checkpointer = Checkpointer(None, state, selection, SpeedMeter(), None, Watch(stop=True), Pace())
    written = sum(each.nbytes for name, each in checkpointer._tensors([]) if not name.startswith("random/"))
    assert checkpoint_bytes(state) == written
    assert cost.checkpoints == 3 * written


def test_the_random_numbers_of_others_are_left_alone(probed):
    probe, _ = probed()
    before = torch.get_rng_state()
    probe.measure(0.0)
    assert torch.equal(torch.get_rng_state(), before)
